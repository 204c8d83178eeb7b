package main

import (
	"os"
	"path/filepath"
	"testing"
)

// In a module with a function that is tested, one that is tested in part and one that loops,
// the survivors are those of the part without a test.
func TestTryPackage(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles dozens of programs")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example\n\ngo 1.24\n",
		"p/p.go": `package p

// Max is tested.
func Max(a, b int) int {
	if a > b {
		return a
	}
	return b
}

// Abs is tested for positive numbers alone.
func Abs(a int) int {
	if a < 0 {
		a = -a + 0
	}
	return a
}
`,
		"p/p_test.go": `package p

import "testing"

func Test(t *testing.T) {
	if Max(1, 2) != 2 || Max(4, 3) != 4 || Abs(5) != 5 {
		t.Fail()
	}
}
`,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	packages, err := list([]string{"./..."})
	if err != nil || len(packages) != 1 {
		t.Fatal(packages, err)
	}
	p := packages[0]
	known := map[equivalent]string{{"p/p.go", "if a > b {", "> to >="}: "equal numbers are equal"}
	got, err := tryPackage(t.Context(), p, known, options{seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	// Killed: of both conditions the negation and the opposite. What changes within the branch
	// of Abs survives, and so do < to <= and 0 to 1 and -1 in its condition.
	if want := (tally{tried: 11, killed: 4, equivalent: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	got, err = tryPackage(t.Context(), p, known, options{seed: 1, n: 2, only: "if a > b"})
	if want := (tally{tried: 2, killed: 2, equivalent: got.equivalent}); err != nil || got != want {
		t.Errorf("only one line: %+v, want %+v; %v", got, want, err)
	}
}

func TestSeedDecidesTheOrder(t *testing.T) {
	packages, err := list([]string{"."})
	if err != nil {
		t.Fatal(err)
	}
	one, _, err := packages[0].mutants(1)
	if err != nil {
		t.Fatal(err)
	}
	again, _, _ := packages[0].mutants(1)
	other, _, _ := packages[0].mutants(2)
	differ := false
	for i := range one {
		if one[i] != again[i] {
			t.Fatalf("mutant %d is %v and %v with one seed", i, one[i], again[i])
		}
		differ = differ || one[i] != other[i]
	}
	if !differ {
		t.Error("two seeds give one order")
	}
}

func TestEquivalentListIsValid(t *testing.T) {
	known, err := parseEquivalent(equivalentList)
	if err != nil {
		t.Fatal(err)
	}
	for e := range known {
		text, err := os.ReadFile(filepath.Join("..", "..", e.file))
		if err != nil {
			t.Error(err)
			continue
		}
		all, err := mutantsOf(e.file, text)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, m := range all {
			found = found || m.before == e.before && m.what == e.what
		}
		if !found {
			t.Errorf("equivalent.txt names a mutant that is not there: %s", e)
		}
	}
	if _, err := parseEquivalent("a | b | c"); err == nil {
		t.Error("a line without a reason is accepted")
	}
}
