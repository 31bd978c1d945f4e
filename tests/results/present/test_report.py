"""The report: one file, everything in it, whatever a log holds is data. Some of it is seen in a real browser."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from mocompile.results.present.html import About, environment_beside, report
from mocompile.results.present.html.page import LOG
from mocompile.results.record import Configuration, Origin, Problem, Record, Results, Run, Timepoint

from tests.results.browser import command, opened
from tests.results.made import disks, latencies, machines, record, run, scaling
from tests.tools import need_module

need_module("matplotlib")

HOSTILE = [
    "<script>document.title='owned'</script>",
    "{{ 7 * 191 }}{% raw %}",
    "]]></svg></pre></details></body>",
    "<!-- --><style>*{display:none}</style>",
    "\"' onload=alert(1) x='",
    "\x1b[31mred\x1b[0m\x00\x07\u202egnp",
    "<img src=http://example.com/x.png>",
    "\ud800",
]
MIXED = Results(
    (*disks(3, 4).records, *scaling((1, 2)).records, *latencies().records),
    (*disks(3, 4).runs, *scaling((1, 2)).runs),
    (Problem("note", "twice", "b.log"), Problem("error", "the log ends in timepoint 3", "disk-m-0-2.log", 31)),
)


class Elements(HTMLParser):
    """The tags and attributes of a page, and its text outside of style."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._style = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._style = self._style and tag != "style"

    def handle_data(self, data: str) -> None:
        if not self._style:
            self.texts.append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each element of that name."""
        return [attributes for name, attributes in self.tags if name == tag]


def hostile() -> Results:
    """Text that means to be more than text, everywhere that text can be."""
    records = [
        Record(
            text,
            float(at),
            text,
            text,
            at,
            Origin(text, job=text, pod=text, node=text),
            {text: text, "n": at % 2},
            Configuration(1),
        )
        for text in HOSTILE
        for at in range(4)
    ]
    points = tuple(Timepoint(at, 1, "ok", time=text, lines=(text, text)) for at, text in enumerate(HOSTILE))
    data = {text: text for text in HOSTILE} | {"metricOptions": {"a": HOSTILE}}
    runs = [
        Run(
            text,
            Origin(*[text] * 6),
            0,
            data,
            text,
            ({"name": text, text: text},),
            timepoints=points,
            before=(text,),
            after=(text,),
        )
        for text in HOSTILE
    ]
    problems = [Problem("error", text, text, metric=text) for text in HOSTILE]
    return Results(tuple(records), tuple(runs), tuple(problems))


def test_hostile_text_is_data() -> None:
    about = {text: About(text, text) for text in HOSTILE}
    html = report(hostile(), about, [{text: text for text in HOSTILE}], title=HOSTILE[0], made=HOSTILE[1])
    html.encode()
    page = Elements(html)
    assert {tag for tag, _ in page.tags} & {"script", "img", "iframe", "link", "object", "form"} == set()
    assert len(page.of("style")) == 1
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert any("{{ 7 * 191 }}" in text for text in page.texts)
    assert "1337" not in html
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e\ud800]", html)
    assert page.of("a") == [each for each in page.of("a") if str(each["href"]).startswith("#")]


def test_what_is_opened_is_closed() -> None:
    html = report(hostile())
    for tag in ("details", "pre", "svg", "table", "section", "figure"):
        assert len(re.findall(f"<{tag}[ >]", html)) == html.count(f"</{tag}>"), tag


def test_nothing_is_asked_of_the_network() -> None:
    about = {"io-sysstat": About("Disks", "https://github.com/sysstat/sysstat")}
    page = Elements(report(MIXED, about))
    (policy,) = [each["content"] for each in page.of("meta") if each.get("http-equiv") == "Content-Security-Policy"]
    assert str(policy).startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline'")
    asked = [
        value
        for _, attributes in page.tags
        for name, value in attributes.items()
        if name in ("src", "href", "xlink:href", "srcset", "data", "action") and not str(value).startswith("#")
    ]
    assert asked == ["https://github.com/sysstat/sysstat"]


def test_an_address_that_is_none_is_no_link() -> None:
    for url in ("javascript:alert(1)", "http://x/ onclick=", "//x"):
        html = report(MIXED, {"io-sysstat": About("Disks", url)})
        assert "Documentation" not in html


def test_the_same_results_give_the_same_bytes() -> None:
    assert report(MIXED) == report(MIXED)


def test_a_date_stands_there_where_it_is_given() -> None:
    assert "Made by mocompile." in report(MIXED, plots=False)
    assert "Made by mocompile on 2026-11-22." in report(MIXED, plots=False, made="2026-11-22")


def test_ids_are_unique_and_every_reference_leads_to_one() -> None:
    html = report(MIXED)
    page = Elements(html)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    references = {*re.findall(r"url\(#([^)]+)\)", html), *re.findall(r'href="#([^"]+)"', html)}
    assert references
    assert references <= set(ids)


def test_every_picture_says_in_words_what_it_shows() -> None:
    pictures = Elements(report(MIXED)).of("svg")
    assert len(pictures) == 10
    for each in pictures:
        assert each["role"] == "img"
        assert re.match(r"(Line chart|Bar chart|Box plot|Dot plot) of ", str(each["aria-label"]))


def test_pictures_follow_the_colours_of_the_page() -> None:
    html = report(MIXED)
    assert "var(--ink)" in html
    assert "prefers-color-scheme: dark" in html
    assert not re.search("#1a1a1b|#fffffe|#d5d5d6", html, re.IGNORECASE)


def test_problems_come_first_errors_before_notes_and_the_same_ones_together() -> None:
    many = tuple(Problem("error", "the log is cut", f"{number}.log", 3) for number in range(20))
    html = report(replace(MIXED, problems=(*MIXED.problems, *many)), plots=False)
    assert html.count("the log is cut") == 1
    assert "11.log:3 and 8 more" in html
    assert html.index("the log ends in timepoint 3") < html.index("twice") < html.index('id="metric-0"')


def test_an_exit_code_that_the_log_tells_is_a_problem() -> None:
    failed = replace(run("io-fio", "p", [("x",)]), after=("mocompile: the measurement ended with code 137",))
    html = report(Results((), (failed,)), plots=False)
    assert "the measurement ended with exit code 137" in html
    assert ">137</td>" in html


def test_tables_hold_every_figure_with_its_unit() -> None:
    html = report(MIXED, plots=False)
    for each in latencies().records[:3]:
        assert f">{each.value:g}</td>" in html
    assert ">us</td>" in html
    assert re.search(r'<th scope="col" class="number">median</th>', html)


def test_the_table_of_pods_has_a_column_for_each_figure_and_context() -> None:
    html = report(scaling((1, 2)), plots=False).partition("Medians of each pod</caption>")[2].partition("</thead>")[0]
    assert "loop_time (s)<" in html
    assert "section_percent, Pair (%)<" in html
    assert "None" not in html


def test_figures_of_failed_runs_stand_apart() -> None:
    records = (record("loop_time", 3.5), record("loop_time", 0.25, status="failed"))
    before, _, after = report(Results(records), plots=False).partition("no results</caption>")
    assert "0.25" not in before.partition("<table>")[2]
    assert "0.25" in after


def test_each_timepoint_is_there_as_it_was_printed() -> None:
    lines = ("  leading blanks", "a\ttab", "", "<b> & \x1b[1mbold")
    html = report(Results((), (run("m", "p", [lines]),)), plots=False)
    assert '<pre tabindex="0">\n  leading blanks\na\ttab\n\n&lt;b&gt; &amp; ␛[1mbold\n</pre>' in html


def test_of_a_long_log_both_ends_are_there_and_what_is_left_out_is_said() -> None:
    lines = [f"line {number:07}" for number in range(60_000)]
    points = [lines[:10], lines[10:-10], lines[-10:]]
    html = report(Results((), (run("m", "p", points),)), plots=False)
    assert len(html) < LOG * 1.1
    assert "line 0000000\n" in html
    assert "line 0059999\n" in html
    assert "line 0030000\n" not in html
    assert html.count("characters are left out here") == 1


def test_of_many_long_logs_the_whole_stays_bounded() -> None:
    lines = tuple("x" * 99 for _ in range(3000))
    runs = tuple(run("m", f"p-{number}", [lines]) for number in range(256))
    assert len(report(Results((), runs), plots=False)) < 35_000_000


def test_nothing_at_all_is_a_page_too() -> None:
    assert "There is nothing to report" in report(Results(()))


def test_what_was_collected_of_containers_is_shown(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("")
    (tmp_path / "set.json").write_text(
        '{"set": "s", "containers": ['
        '{"file": "a.log", "pod": "p-0", "node": "n1", "exitCode": 137, "reason": "OOMKilled"}, '
        '{"file": "b.log", "pod": "p-1", "exitCode": 0}]}'
    )
    assert [entry["pod"] for entry in environment_beside([tmp_path])] == ["p-0", "p-1"]
    assert [entry["pod"] for entry in environment_beside([tmp_path / "a.log"])] == ["p-0"]
    html = report(Results(()), None, environment_beside([str(tmp_path)]))
    for shown in ("exit code", "OOMKilled", ">137<", "n1"):
        assert shown in html


@pytest.mark.parametrize("content", ["{", "[]", '{"containers": 3}', '{"containers": [3]}', "\xff"])
def test_a_broken_note_of_what_was_collected_is_none(content: str, tmp_path: Path) -> None:
    (tmp_path / "set.json").write_bytes(content.encode("latin-1"))
    assert environment_beside([tmp_path]) == []


# --- in a browser ---


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command line of a browser."""
    return command(tmp_path_factory.mktemp("profile"))


def seen(browser: list[str], html: str, folder: Path, *flags: str) -> str:
    """The page as the browser has it once it is loaded."""
    file = folder / "report.html"
    file.write_text(html, "utf-8")
    return opened(browser, file, *flags)


def test_a_browser_shows_figures_pictures_and_logs(browser: list[str], tmp_path: Path) -> None:
    dom = seen(browser, report(MIXED), tmp_path)
    assert dom.count("<svg") == 10
    for text in ("osu_get_latency", "message size (bytes)", "Medians of each pod", "Device rMB/s r_await (3)"):
        assert text in dom


def test_a_browser_shows_the_grid_of_a_study(browser: list[str], tmp_path: Path) -> None:
    hostile = "<script>document.title='owned'</script>"
    records = [
        record("time", 1.0, values={"parameter.n": n, "parameter.kind": kind}, set=f"s-{n}{kind}", source=f"{n}{kind}")
        for n in (1, 2, 16)
        for kind in ("a", hostile)
        if (n, kind) != (16, "a")
    ]
    dom = seen(browser, report(Results(tuple(records)), plots=False), tmp_path)
    rows = re.findall("<tr>.*?</tr>", dom.partition('<table class="grid">')[2].partition("</table>")[0])
    cells = [re.findall("<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]
    assert cells[0] == ["kind", "n 1", "n 2", "n 16"]
    assert cells[1][1:] == ["1 run", "1 run", "1 run"]
    assert cells[2] == ["a", "1 run", "1 run", ""]
    assert dom.count('class="is-done"') == 5
    assert "<script" not in dom


@pytest.mark.parametrize("results", [machines(), disks(8, 20)], ids=["256x1", "8x20"])
def test_a_browser_opens_the_large_ones(results: Results, browser: list[str], tmp_path: Path) -> None:
    dom = seen(browser, report(results), tmp_path)
    assert dom.rstrip().endswith("</html>")
    assert dom.count("<details>") == len(results.runs)


def test_a_browser_runs_nothing_and_fetches_nothing(browser: list[str], tmp_path: Path) -> None:
    log = tmp_path / "net.json"
    dom = seen(browser, report(hostile()), tmp_path, f"--log-net-log={log}")
    assert "<title>Results" in dom
    assert dom.count("<script") == 0
    # Addresses that the page asks for; what the browser asks of its maker is not ours.
    assert "report.html" in log.read_text("utf-8", "replace")
    assert "example.com" not in log.read_text("utf-8", "replace")
