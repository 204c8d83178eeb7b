package braid

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"braid/job"
)

// mayName lists the files that may compare with the name of a kind, an encoder or a split. All
// other files must use properties (job.Kind) or job.Train, job.Dev and job.Test.
var mayName = []string{
	"job/kind.go",         // the table of kinds
	"job/encoder.go",      // the table of encoders
	"job/split.go",        // the splits
	"encoder/register.go", // the table of encoders
	"scripts/net/main.go", // has a command called test
}

// No comparison, switch case or map key outside mayName is the name of a kind, an encoder or
// a split.
func TestDecisionsAskForProperties(t *testing.T) {
	names := tableNames(t)
	fset := token.NewFileSet()
	for _, p := range packages(t) {
		files, err := filepath.Glob(filepath.Join(p.Dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			file := filepath.ToSlash(filepath.Join(strings.TrimPrefix(p.ImportPath, "braid/"), filepath.Base(name)))
			if strings.HasSuffix(name, "_test.go") || slices.Contains(mayName, file) {
				continue
			}
			f, err := parser.ParseFile(fset, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				for _, found := range decidesBy(n, names) {
					t.Errorf("%s: decides by the name %q: use a property of job.Kind, or job.Split",
						fset.Position(n.Pos()), found)
				}
				return true
			})
		}
	}
}

// tableNames returns the names of all kinds, encoders and splits.
func tableNames(t *testing.T) (names []string) {
	for _, file := range []string{"job/kind.go", "job/encoder.go"} {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if entry, _ := n.(*ast.KeyValueExpr); entry != nil {
				if key, _ := entry.Key.(*ast.Ident); key != nil && key.Name == "Name" {
					names = append(names, texts(entry.Value)...)
				}
			}
			return true
		})
	}
	if len(names) < 5 || !slices.Contains(names, "tagging") || !slices.Contains(names, "lstm") {
		t.Fatalf("the tables name only %v", names)
	}
	for _, s := range job.Splits {
		names = append(names, string(s))
	}
	return names
}

// texts returns the values of those expressions that are string literals.
func texts(list ...ast.Expr) (all []string) {
	for _, e := range list {
		if lit, _ := e.(*ast.BasicLit); lit != nil && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil {
				all = append(all, s)
			}
		}
	}
	return all
}

// decidesBy returns the literals of n that are among names and are operands of == or !=, cases
// of a switch, or keys or indices of a map.
func decidesBy(n ast.Node, names []string) (found []string) {
	var literals []string
	switch n := n.(type) {
	case *ast.BinaryExpr:
		if n.Op == token.EQL || n.Op == token.NEQ {
			literals = texts(n.X, n.Y)
		}
	case *ast.CaseClause:
		literals = texts(n.List...)
	case *ast.KeyValueExpr:
		literals = texts(n.Key)
	case *ast.IndexExpr:
		literals = texts(n.Index)
	}
	for _, s := range literals {
		if slices.Contains(names, s) {
			found = append(found, s)
		}
	}
	return found
}

// A planted decision of each form is found. A name in another position is not.
func TestDecisionsByNameAreFound(t *testing.T) {
	const text = `package p
func f(kind string, m map[string]int) {
	_ = kind == "tagging"
	_ = "dev" != kind
	switch kind {
	case "x", "lstm":
	}
	_ = map[string]int{"train": 1}
	_ = m["test"]
	f("train", nil)
	_ = kind == "other"
	_ = []string{"tagging"}
}`
	f, err := parser.ParseFile(token.NewFileSet(), "p.go", text, 0)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	ast.Inspect(f, func(n ast.Node) bool { found = append(found, decidesBy(n, tableNames(t))...); return true })
	if want := []string{"tagging", "dev", "lstm", "train", "test"}; !slices.Equal(found, want) {
		t.Errorf("found %v, want %v", found, want)
	}
}
