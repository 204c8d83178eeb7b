package kernel

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// allocates lists the exported functions that may allocate. They run at start or in tests.
var allocates = []string{"SelfTest", "Forms", "Use", "Peak"}

// everyCall returns, by name, a call of every other exported function on memory allocated before.
func everyCall() map[string]func() {
	const m, k, n, H = 13, 37, 70, 21
	a, w, c, sums := filled(m*k), filled(k*n), make([]float32, m*n), filled(n)
	at, lse, rows := filled(k*m), make([]float32, m), make([]int32, k)
	for i := range rows {
		rows[i] = int32(k - 1 - i)
	}
	var b, pack Packed
	b.Pack(w, k, n, n)
	var s Scratch
	gates, d := filled(m*4*H), make([]float32, m*4*H)
	cell, tanhC, h, dc := filled(m*H), filled(m*H), filled(m*H), filled(m*H)
	x, y, z, p := filled(101), filled(101), filled(101), filled(101)
	bytes := make([]byte, 2*101)
	return map[string]func(){
		"MatMul":        func() { MatMul(c, n, a, k, m, &b, true) },
		"MatMulRowsT":   func() { MatMulRowsT(c, n, at, m, m, rows, &b, true, &s) },
		"Pack":          func() { pack.Pack(w, k, n, n) },
		"PackRows":      func() { pack.PackRows(w, n, n, rows) },
		"PackTranspose": func() { pack.PackTranspose(w, k, n, n) },
		"AddTo":         func() { AddTo(y, x) },
		"Axpy":          func() { Axpy(0.5, x, y) },
		"Scale":         func() { Scale(0.5, y) },
		"SumRows":       func() { SumRows(sums[:m], at, m, m, rows) },
		"Finite":        func() { Finite(x) },
		"Dot":           func() { Dot(x, y) },
		"SumSquares":    func() { SumSquares(x) },
		"Exp":           func() { Exp(y, x) },
		"Sigmoid":       func() { Sigmoid(y, x) },
		"Tanh":          func() { Tanh(y, x) },
		"Log":           func() { Log(y, x) },
		"SoftmaxRows":   func() { SoftmaxRows(c, c, n, m, n, lse) },
		"CellForward":   func() { CellForward(gates, 4*H, cell, H, cell, tanhC, H, h, H, m, H) },
		"CellBackward":  func() { CellBackward(d, 4*H, gates, 4*H, nil, H, tanhC, H, h, H, dc, H, m, H) },
		"RoundBF16":     func() { RoundBF16(y) },
		"Split":         func() { Split(p, x, y, z) },
		"ToBF16":        func() { ToBF16(bytes, x) },
		"FromBF16":      func() { FromBF16(y, bytes) },
		"Adam":          func() { Adam(p, y, z, x, step) },
		"Exp64":         func() { Exp64(0.3) },
		"Log64":         func() { Log64(0.3) },
		"Class":         func() { Class() },
		"Form":          func() { Form() },
	}
}

// No function of any form allocates once its memory has grown.
func TestNothingAllocates(t *testing.T) {
	eachForm(t, func(t *testing.T) {
		for name, call := range everyCall() {
			if n := testing.AllocsPerRun(10, call); n != 0 {
				t.Errorf("%s allocates %v times a call", name, n)
			}
		}
	})
}

// A function without a line in everyCall is not tested above.
func TestEveryFunctionIsCalled(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var exported []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Name.IsExported() && !slices.Contains(allocates, f.Name.Name) {
				exported = append(exported, f.Name.Name)
			}
		}
	}
	slices.Sort(exported)
	if called := slices.Sorted(maps.Keys(everyCall())); !slices.Equal(called, exported) {
		t.Errorf("called %q, exported %q", called, exported)
	}
}
