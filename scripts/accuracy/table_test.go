package main

import (
	"strings"
	"testing"
)

func TestParseSetting(t *testing.T) {
	s, err := parseSetting("two words: a.b=1  c=x:y")
	if err != nil || s.name != "two words" || len(s.values) != 2 || s.values[1] != "c=x:y" {
		t.Errorf("got %v, %v", s, err)
	}
	for _, bad := range []string{"", "a=1", ": a=1", "name:"} {
		if _, err := parseSetting(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestTableHasMeansAndRatios(t *testing.T) {
	made := func(speed, dev, test float64) summary {
		f1 := func(x float64) map[string]float64 {
			return map[string]float64{"f1": x, "accuracy": 9, "sentence_accuracy": x / 2}
		}
		joint := func(x float64) map[string]float64 { return map[string]float64{"joint_accuracy": x / 4} }
		return summary{TokensPerSecond: speed, Tasks: map[string]taskSummary{"names": {"f1", scores{f1(dev), f1(test)}}},
			Data: map[string]scores{"news": {joint(dev), joint(test)}}}
	}
	table := newTable([]setting{{name: "first"}, {name: "second"}})
	table.add(0, made(100, 0.1, 0.2))
	table.add(1, made(80, 0.5, 0.6))
	table.add(0, made(200, 0.3, 0.4))
	table.add(1, made(120, 0.7, 0.8))
	var b strings.Builder
	table.print(&b)
	for _, want := range []string{
		"| first | names | f1 | 0.200 | 0.300 | 0.200 0.400 | 1.00 |",
		"| second | names | f1 | 0.600 | 0.700 | 0.600 0.800 | 0.70 |",
		"| second | names | sentence_accuracy | 0.300 | 0.350 | 0.300 0.400 | 0.70 |",
		"| second | news | joint_accuracy | 0.150 | 0.175 | 0.150 0.200 | 0.70 |",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no line %q in\n%s", want, b.String())
		}
	}
}
