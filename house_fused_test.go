package braid

import (
	"bufio"
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// mayFuse are functions in which the compiler may join a product and a sum into one operation, with the reason.
// Elsewhere a product that is added to must be converted, as in float64(x*y) + z: the conversion rounds, so that
// the result is the same on processors with and without fused multiply-add (specification of Go, "Floating-point
// operators"). math.FMA and the kernels' own forms are meant and not found.
var mayFuse = map[string]string{
	"coordinator/budget.go earn":         "limits messages; no result depends on it",
	"coordinator/budget.go until":        "limits messages; no result depends on it",
	"internal/fixture/fixture.go differ": "compares with a tolerance, in tests",
	"task/check.go check":                "compares with a tolerance that is far above one rounding",
}

// For arm64 the compiler fuses products and sums, for amd64 it does not. No code that decides the bits of a result
// may leave it the choice.
func TestNothingFuses(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the packages for arm64")
	}
	build := exec.Command("go", "build", "-gcflags=-S", "./coordinator/...", "./data/...", "./encoder/...",
		"./gradient/...", "./internal/...", "./job/...", "./model/...", "./mtl/...", "./nn/...", "./plan/...",
		"./protocol/...", "./run/...", "./task/...", "./train/...", "./worker/...")
	build.Env = append(os.Environ(), "GOARCH=arm64", "CGO_ENABLED=0")
	var assembly bytes.Buffer
	build.Stderr = &assembly
	if err := build.Run(); err != nil {
		t.Fatalf("%v: %.2000s", err, assembly.Bytes())
	}
	if assembly.Len() < 1<<20 {
		t.Fatalf("%d bytes of assembly: nothing is checked", assembly.Len())
	}
	seen := map[string]bool{}
	for _, f := range fusions(t, &assembly) {
		seen[f.function] = true
		if mayFuse[f.function] == "" {
			t.Errorf("%s: %s in %s: convert the product, as in float64(x*y) + z", f.place, f.instruction, f.function)
		}
	}
	for function := range mayFuse {
		if !seen[function] {
			t.Errorf("mayFuse has a line for %s, which fuses nothing", function)
		}
	}
}

type fusion struct{ place, function, instruction string }

var fused = regexp.MustCompile(`\(([^()]+\.go):(\d+)\)\t(FN?M(?:ADD|SUB)[SD])\t`)

// fusions finds the fused operations in the compiler's listing.
func fusions(t *testing.T, listing *bytes.Buffer) (found []fusion) {
	root, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(listing)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		m := fused.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		file, err := filepath.Rel(root, m[1])
		if err != nil {
			file = m[1]
		}
		line, _ := strconv.Atoi(m[2])
		function := filepath.ToSlash(file) + " " + functionAt(t, file, line)
		found = append(found, fusion{fmt.Sprint(file, ":", line), function, m[3]})
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

// functionAt names the function of a line.
func functionAt(t *testing.T, file string, line int) string {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fset.Position(fn.Pos()).Line <= line && line <= fset.Position(fn.End()).Line {
			return fn.Name.Name
		}
	}
	return "?"
}
