// Package braid contains only tests of the architecture: which package may import which, and
// which packages are pure.
package braid

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mayImport lists, for each package of this module, the packages of this module that it may
// import. A package without a line is an error, and so is a line without a package. The table
// is a statement of policy: change it on purpose.
var mayImport = map[string]string{
	"internal/await":          "",
	"internal/crew":           "",
	"internal/kernel":         "",
	"internal/hostile":        "protocol transport worker/session",
	"internal/loopback":       "",
	"internal/plain":          "",
	"internal/regular":        "",
	"internal/rng":            "",
	"internal/fixture":        "",
	"job":                     "internal/regular",
	"protocol":                "internal/kernel gradient",
	"gradient":                "internal/kernel",
	"nn":                      "internal/kernel internal/rng",
	"mtl":                     "internal/kernel internal/rng",
	"nn/optim":                "nn gradient internal/kernel internal/crew",
	"plan":                    "job internal/rng",
	"data":                    "job internal/rng internal/regular vectors",
	"data/godoc":              "data job",
	"task":                    "nn data job internal/kernel",
	"encoder":                 "nn data job gradient internal/kernel internal/rng",
	"run":                     "job data model task nn nn/optim internal/regular",
	"train":                   "job data plan model task mtl gradient nn nn/optim run internal/kernel",
	"measure":                 "run",
	"study":                   "job run data task internal/rng",
	"study/local":             "study train run model job",
	"forensics":               "train run model data job gradient nn internal/kernel internal/regular",
	"vectors":                 "internal/regular",
	"vectors/skipgram":        "internal/kernel internal/rng",
	"transport":               "protocol internal/await internal/loopback",
	"coordinator/dispatch":    "protocol gradient internal/rng",
	"coordinator/stream":      "protocol",
	"worker/session":          "protocol gradient",
	"internal/toy":            "encoder task gradient data job nn internal/kernel", // only tests may import it
	"internal/sim":            "coordinator/dispatch coordinator/stream worker/session protocol gradient",
	"cmd/internal/gcbound":    "",
	"cmd/internal/schedbatch": "",
	"cmd/internal/term":       "train run job internal/plain",

	// Packages with lists of several lines.
	"model": "encoder task nn data job gradient plan internal/kernel internal/rng internal/crew " +
		"internal/regular",
	// A worker that trains whole runs of a study needs train and run.
	"coordinator": "coordinator/dispatch coordinator/stream train protocol transport run gradient plan job " +
		"data model nn study study/local internal/kernel",
	"worker": "worker/session protocol transport job data plan model gradient nn train run study internal/kernel " +
		"internal/regular",
	"cmd/braid": "data/godoc cmd/internal/term forensics train model run data job task vectors vectors/skipgram " +
		"internal/kernel internal/loopback internal/plain internal/regular gradient plan nn study study/local measure",
	"cmd/coordinator": "data/godoc cmd/internal/gcbound cmd/internal/schedbatch cmd/internal/term coordinator " +
		"transport protocol job train run study study/local internal/plain",
	"cmd/worker": "cmd/internal/gcbound cmd/internal/schedbatch cmd/internal/term worker transport protocol " +
		"internal/plain",
}

// pure lists the packages that determine bits or orders. They may not start goroutines,
// iterate over maps, read a clock or use global randomness.
var pure = []string{"plan", "nn", "mtl", "gradient", "encoder", "task", "protocol",
	"coordinator/dispatch", "coordinator/stream", "worker/session", "internal/rng", "study", "measure"}

// onlyTransport lists modules that only package transport may import.
var onlyTransport = []string{"github.com/nats-io/nats.go", "github.com/nats-io/nats-server"}

// Programs print only through internal/plain: they do not print by fmt, except into a buffer
// (&b), and do not write to standard streams.
func TestProgramsPrintOnlyThroughPlain(t *testing.T) {
	fset := token.NewFileSet()
	for _, p := range packages(t) {
		if !strings.HasPrefix(p.ImportPath, "braid/cmd/") {
			continue
		}
		pkg, err := build.ImportDir(p.Dir, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range pkg.GoFiles {
			f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if call := directPrint(n); call != "" {
					t.Errorf("%s: %s: use internal/plain", fset.Position(n.Pos()), call)
				}
				return true
			})
		}
	}
}

// directPrint returns the name of the called function if n is a call that prints without
// internal/plain, else "".
func directPrint(n ast.Node) string {
	call, _ := n.(*ast.CallExpr)
	if call == nil {
		return ""
	}
	f, _ := call.Fun.(*ast.SelectorExpr)
	if f == nil {
		return ""
	}
	name := types.ExprString(f)
	switch {
	case strings.HasPrefix(name, "fmt.Print"), strings.HasPrefix(name, "os.Std"), strings.HasPrefix(name, "log."):
		return name
	case strings.HasPrefix(name, "fmt.Fprint"):
		if to, ok := call.Args[0].(*ast.UnaryExpr); !ok || to.Op != token.AND {
			return name
		}
	}
	return ""
}

func TestDirectPrintsAreFound(t *testing.T) {
	for text, want := range map[string]bool{
		`fmt.Fprintf(s.out, "x")`: true, `fmt.Println("x")`: true,
		`os.Stderr.WriteString("x")`: true, `log.Fatal("x")`: true,
		`fmt.Fprintf(&b, "x")`: false, `plain.Fprintf(s.out, "x")`: false, `fmt.Sprintf("x")`: false,
	} {
		e, err := parser.ParseExpr(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := directPrint(e) != ""; got != want {
			t.Errorf("%s: found is %v", text, got)
		}
	}
}

type listed struct {
	ImportPath, Dir, Doc string
	Imports              []string
}

func packages(t *testing.T) []listed {
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,Doc,Imports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func TestWhoImportsWhom(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range packages(t) {
		room := strings.TrimPrefix(p.ImportPath, "braid/")
		if room == "braid" || strings.HasPrefix(room, "scripts/") {
			continue
		}
		seen[room] = true
		allowed, ok := mayImport[room]
		if !ok {
			t.Errorf("%s has no line in mayImport: list the packages that it may import", room)
			continue
		}
		for _, i := range p.Imports {
			if ours, ok := strings.CutPrefix(i, "braid/"); ok && !slices.Contains(strings.Fields(allowed), ours) {
				t.Errorf("%s imports %s, and may import: %s", room, ours, allowed)
			}
			for _, m := range onlyTransport {
				if strings.HasPrefix(i, m) && room != "transport" {
					t.Errorf("%s imports %s; only transport may", room, i)
				}
			}
		}
		if p.Doc == "" {
			t.Errorf("%s has no package comment", room)
		}
	}
	for room := range mayImport {
		if !seen[room] {
			t.Errorf("mayImport has a line for %s, which does not exist", room)
		}
	}
}

// The program for training in one process must not depend on NATS.
func TestBraidLinksNoNATS(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "./cmd/braid").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range strings.Fields(string(out)) {
		if strings.Contains(p, "nats-io") || p == "braid/transport" {
			t.Errorf("cmd/braid depends on %s", p)
		}
	}
}

func TestPureRooms(t *testing.T) {
	for _, room := range pure {
		pkg, err := build.ImportDir(room, 0)
		if err != nil {
			t.Fatal(err)
		}
		fset := token.NewFileSet()
		var files []*ast.File
		for _, name := range pkg.GoFiles {
			f, err := parser.ParseFile(fset, room+"/"+name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
			for _, i := range f.Imports {
				path := strings.Trim(i.Path.Value, `"`)
				if strings.HasPrefix(path, "math/rand") || path == "net" || path == "os" {
					t.Errorf("%s imports %s", fset.Position(i.Pos()), path)
				}
			}
		}
		info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
		conf := types.Config{Importer: importer.ForCompiler(fset, "source", nil), Error: func(error) {}}
		_, _ = conf.Check("braid/"+room, fset, files, info)
		for _, f := range files {
			for _, d := range f.Decls {
				ast.Inspect(d, func(n ast.Node) bool {
					for _, wrong := range impurity(n, info) {
						t.Errorf("%s: %s in a pure package", fset.Position(n.Pos()), wrong)
					}
					return true
				})
			}
		}
	}
}

// clock lists the functions of package time that read or wait for a clock.
var clock = []string{"Now", "Since", "Sleep", "After", "Tick", "NewTimer", "NewTicker"}

// impurity returns the violations of purity in node n itself.
func impurity(n ast.Node, info *types.Info) (wrong []string) {
	switch n := n.(type) {
	case *ast.GoStmt:
		wrong = append(wrong, "a goroutine")
	case *ast.RangeStmt:
		if tv, ok := info.Types[n.X]; ok && tv.Type != nil {
			if _, isMap := tv.Type.Underlying().(*types.Map); isMap {
				wrong = append(wrong, "an iteration over a map")
			}
		}
	case *ast.SelectorExpr:
		if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains(clock, n.Sel.Name) {
			wrong = append(wrong, "time."+n.Sel.Name)
		}
	}
	return wrong
}

// A planted fault of each kind is found.
func TestImpurityIsFound(t *testing.T) {
	const text = `package p
import "time"
func f(m map[int]int) { go f(nil); for range m {}; _ = time.Now() }`
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", text, 0)
	if err != nil {
		t.Fatal(err)
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	conf := types.Config{Importer: importer.ForCompiler(fset, "source", nil)}
	if _, err := conf.Check("p", fset, []*ast.File{f}, info); err != nil {
		t.Fatal(err)
	}
	var found []string
	ast.Inspect(f, func(n ast.Node) bool { found = append(found, impurity(n, info)...); return true })
	if len(found) != 3 {
		t.Errorf("found %v", found)
	}
}
