// Command checks runs the Lua of Argo CD and the CEL of Flux on JobSets, each in the environment that its controller gives it.
//
//	checks lua SCRIPT OBJECT...            health.lua or an action: a JSON line with the result for each object
//	checks cel CURRENT FAILED OBJECT...    a JSON line with Flux's status for each object
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/ext"
	lua "github.com/yuin/gopher-lua"
	luajson "layeh.com/gopher-json"
	"sigs.k8s.io/yaml"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "checks:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	switch {
	case len(arguments) > 2 && arguments[0] == "lua":
		script, err := os.ReadFile(arguments[1])
		if err != nil {
			return err
		}
		return each(arguments[2:], func(object map[string]any) (any, error) { return runLua(string(script), object) })
	case len(arguments) > 3 && arguments[0] == "cel":
		current, err := program(arguments[1])
		if err != nil {
			return err
		}
		failed, err := program(arguments[2])
		if err != nil {
			return err
		}
		return each(arguments[3:], func(object map[string]any) (any, error) { return status(failed, current, object), nil })
	}
	return fmt.Errorf("usage: checks lua SCRIPT OBJECT... | checks cel CURRENT FAILED OBJECT...")
}

func each(paths []string, check func(map[string]any) (any, error)) error {
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		object := map[string]any{}
		if err := yaml.Unmarshal(text, &object); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		result, err := check(object)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		line, err := json.Marshal(result)
		if err != nil {
			return err
		}
		fmt.Println(string(line))
	}
	return nil
}

// The libraries that Argo CD opens for a script of argocd-cm: argo-cd, util/lua/lua.go. Its os library has date and time only.
func runLua(script string, object map[string]any) (any, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for _, library := range []struct {
		name string
		open lua.LGFunction
	}{{lua.LoadLibName, lua.OpenPackage}, {lua.BaseLibName, lua.OpenBase}, {lua.TabLibName, lua.OpenTable}} {
		if err := state.CallByParam(lua.P{Fn: state.NewFunction(library.open), Protect: true}, lua.LString(library.name)); err != nil {
			return nil, err
		}
	}
	limit, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	state.SetContext(limit)
	state.SetGlobal("obj", luajson.DecodeValue(state, object))
	if err := state.DoString(script); err != nil {
		return nil, err
	}
	encoded, err := luajson.Encode(state.Get(-1))
	if err != nil {
		return nil, err
	}
	var result any
	return result, json.Unmarshal(encoded, &result)
}

// The options of Flux: fluxcd/pkg, runtime/cel/expression.go.
func program(expression string) (cel.Program, error) {
	environment, err := cel.NewEnv(
		cel.HomogeneousAggregateLiterals(), cel.EagerlyValidateDeclarations(true), cel.DefaultUTCTimeZone(true),
		cel.CrossTypeNumericComparisons(true), cel.OptionalTypes(), ext.Strings(), ext.Sets(), ext.Encoders(),
	)
	if err != nil {
		return nil, err
	}
	parsed, issues := environment.Parse(expression)
	if issues != nil && issues.Err() != nil {
		return nil, issues.Err()
	}
	return environment.Program(parsed, cel.EvalOptions(cel.OptOptimize))
}

// The order of Flux: failed, then current, else in progress. An error is told as "Error".
func status(failed, current cel.Program, object map[string]any) string {
	for _, each := range []struct {
		program cel.Program
		name    string
	}{{failed, "Failed"}, {current, "Current"}} {
		value, _, err := each.program.Eval(object)
		if err != nil {
			return "Error: " + err.Error()
		}
		if value == types.True {
			return each.name
		}
	}
	return "InProgress"
}
