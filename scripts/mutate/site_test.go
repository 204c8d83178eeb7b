package main

import (
	"slices"
	"testing"
)

func TestMutants(t *testing.T) {
	const head = "package p\n\nimport \"fmt\"\n\n"
	for _, c := range []struct {
		text string
		want []string
	}{
		{"func f(a, b int) bool { return a < b && true }", []string{"&& to ||", "< to <=", "< to >=", "true to false"}},
		{"func f(a int) int { return a + a + 7 }", []string{"+ to -", "+ to - #2", "7 to 8", "7 to 6"}},
		{"func f(a *int) { *a += 1; *a = 0x10 }", []string{
			"+= to -=", "left out", "1 to 2", "1 to 0", "left out #2", "0x10 to 17", "0x10 to 15"}},
		{"func f(a []int) {\n\tfor i := range a {\n\t\tif a[i] == 2 {\n\t\t\tcontinue\n\t\t}\n" +
			"\t\ta[i]++\n\t}\n}", []string{
			"negated", "== to !=", "2 to 3", "2 to 1", "left out", "++ to --", "left out"}},
		{"func f() float64 { fmt.Println(\"1\"); return 0.0 * 1e-3 }", []string{
			"left out", "* to /", "0.0 to 1.0", "1e-3 doubled"}},
		{"func f(a int) { if a > 0 { panic(fmt.Sprint(1 + a)) } }", []string{
			"negated", "> to >=", "> to <=", "0 to 1", "0 to -1"}},
		{"const k = 3\nvar m = 1 << k", []string{"3 to 4", "3 to 2", "<< to >>", "1 to 2", "1 to 0"}},
	} {
		all, err := mutantsOf("p.go", []byte(head+c.text))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range all {
			got = append(got, m.what)
		}
		slices.Sort(got)
		slices.Sort(c.want)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.text, got, c.want)
		}
	}
}

func TestApply(t *testing.T) {
	const text = "package p\n\nfunc f(a int) int {\n\tif a > 1 {\n\t\ta = 2\n\t}\n\treturn a\n}\n"
	all, err := mutantsOf("p.go", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"negated":  "package p\n\nfunc f(a int) int {\n\tif !(a > 1) {\n\t\ta = 2\n\t}\n\treturn a\n}\n",
		"> to >=":  "package p\n\nfunc f(a int) int {\n\tif a >= 1 {\n\t\ta = 2\n\t}\n\treturn a\n}\n",
		"left out": "package p\n\nfunc f(a int) int {\n\tif a > 1 {\n\t\t\n\t}\n\treturn a\n}\n",
		"2 to 3":   "package p\n\nfunc f(a int) int {\n\tif a > 1 {\n\t\ta = 3\n\t}\n\treturn a\n}\n",
	}
	for _, m := range all {
		if w, ok := want[m.what]; ok && string(m.apply([]byte(text))) != w {
			t.Errorf("%s gives\n%s", m.what, m.apply([]byte(text)))
		}
		delete(want, m.what)
	}
	for what := range want {
		t.Errorf("no mutant %q", what)
	}
}
