"""Words that YAML reads as something other than a string when they are not quoted.

YAML 1.1 (https://yaml.org/type/bool.html, https://yaml.org/type/null.html) has more of them than YAML 1.2. Compare the
words of `TRUE` and `FALSE` in lower case.
"""

from __future__ import annotations

TRUE = frozenset({"true", "yes", "on", "y"})
FALSE = frozenset({"false", "no", "off", "n"})
# As written: other spellings of null are strings.
NULL = frozenset({"", "~", "null", "Null", "NULL"})
# In lower case, all words that no output may have without quotes.
RESERVED = TRUE | FALSE | {"null"}
