package braid

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// maySleep lists the test functions that may call time.Sleep, with the reason. All other tests wait by internal/await,
// by channels, or in a bubble of testing/synctest, where time is simulated.
var maySleep = map[string]string{
	"internal/crew/crew_test.go TestRun":       "idle time between two runs is what the test varies",
	"coordinator/liar_test.go cluster.workFar": "simulates the delay of a network link",
}

func TestNoTestSleeps(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, nil, 0)
		if err != nil {
			return err
		}
		for _, found := range sleeps(f) {
			function := filepath.ToSlash(path) + " " + found.function
			seen[function] = true
			if maySleep[function] == "" {
				t.Errorf("%s: %s sleeps: use internal/await or testing/synctest", fset.Position(found.pos), found.function)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for function := range maySleep {
		if !seen[function] {
			t.Errorf("maySleep has a line for %s, which does not sleep", function)
		}
	}
}

type sleep struct {
	function string // Name, or Receiver.Name
	pos      token.Pos
}

// sleeps finds the uses of time.Sleep in a file, except those in a function literal that synctest.Test runs.
func sleeps(f *ast.File) (found []sleep) {
	for _, d := range f.Decls {
		name := ""
		if fn, ok := d.(*ast.FuncDecl); ok {
			name = fn.Name.Name
			if fn.Recv != nil {
				name = strings.TrimPrefix(types.ExprString(fn.Recv.List[0].Type), "*") + "." + name
			}
		}
		ast.Inspect(d, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				return types.ExprString(n.Fun) != "synctest.Test"
			case *ast.SelectorExpr:
				if types.ExprString(n) == "time.Sleep" {
					found = append(found, sleep{name, n.Pos()})
				}
			}
			return true
		})
	}
	return found
}

// A sleep is found wherever it stands, and simulated time is not.
func TestSleepIsFound(t *testing.T) {
	const text = `package p
var pause = time.Sleep
func (t *T) f() { for ; ; time.Sleep(1) {} }
func g() { go func() { time.Sleep(1) }() }
func h(t *testing.T) { synctest.Test(t, func(t *testing.T) { time.Sleep(1) }) }`
	f, err := parser.ParseFile(token.NewFileSet(), "p_test.go", text, 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range sleeps(f) {
		got = append(got, s.function)
	}
	if strings.Join(got, " ") != " T.f g" {
		t.Errorf("found in %q", got)
	}
}
