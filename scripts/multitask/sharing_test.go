package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"braid/study"
)

// The picture is well-formed XML with a point and an interval for each task.
func TestDrawSharing(t *testing.T) {
	rows := []study.Contrast{
		{Task: "intent", Metric: "accuracy", Difference: 0.01, Low: 0.002, High: 0.018, Verdict: study.Gains},
		{Task: "slots", Metric: "f1", Difference: -0.02, Low: -0.05, High: 0.01, Verdict: study.NoDifference},
	}
	picture := drawSharing(&study.Report{Job: "snips", Baseline: "alone", Seeds: 3}, "together", rows)
	if strings.Contains(picture, "%!") {
		t.Errorf("a verb of the picture is wrong:\n%s", picture)
	}
	circles := elements(t, picture)["circle"]
	if want := len(rows) + len(colours); circles != want {
		t.Errorf("%d circles, want %d", circles, want)
	}
	for _, text := range []string{"intent (accuracy)", "+0.0100", "-0.0200", "no difference shown"} {
		if !strings.Contains(picture, text) {
			t.Errorf("the picture lacks %q", text)
		}
	}
}

// elements counts the elements of a picture by name. It fails if the picture is not well-formed.
func elements(t *testing.T, picture string) map[string]int {
	t.Helper()
	count := map[string]int{}
	for d := xml.NewDecoder(strings.NewReader(picture)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return count
		}
		if err != nil {
			t.Fatal(err)
		}
		if start, ok := token.(xml.StartElement); ok {
			count[start.Name.Local]++
		}
	}
}
