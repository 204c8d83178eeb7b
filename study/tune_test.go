package study

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"braid/job"
	"braid/run"
)

// Points are inside their bounds, spread evenly in the logarithm, and more points begin with the same ones.
func TestPoints(t *testing.T) {
	dims := []Dimension{
		{Name: "weights", Keys: []string{"a", "b"}, Times: []float64{1, 10}, Low: 0.25, High: 4, Log: true},
		{Name: "layers", Keys: []string{"n"}, Times: []float64{1}, Low: 1, High: 3, Whole: true, Also: []string{"kind=x"}},
	}
	points := Points(dims, 81)
	if len(points) != 81 || points[0] != nil {
		t.Fatalf("%d points, the first has %v", len(points), points[0])
	}
	below, seen := 0, map[string]int{}
	for _, p := range points[1:] {
		var a, b, n float64
		if _, err := fmt.Sscanf(strings.Join(p, " "), "a=%g b=%g n=%g kind=x", &a, &b, &n); err != nil {
			t.Fatalf("%v: %v", p, err)
		}
		if a < 0.25 || a > 4 || math.Abs(b-10*a) > 1e-9 || n != math.Round(n) || n < 1 || n > 3 {
			t.Errorf("point %v", p)
		}
		if a < 1 {
			below++
		}
		seen[fmt.Sprint(n)]++
	}
	if below < 38 || below > 42 || len(seen) != 3 {
		t.Errorf("%d of 80 weights are below 1; whole numbers %v", below, seen)
	}
	for i, p := range Points(dims, 9) {
		if !slices.Equal(p, points[i]) {
			t.Errorf("point %d of 9 is %v, of 81 %v", i, p, points[i])
		}
	}
	if got := Points(nil, 9); len(got) != 1 {
		t.Errorf("%d points of an empty space", len(got))
	}
}

func TestParseSpace(t *testing.T) {
	for text, want := range map[string]Dimension{
		"encoder.lstm.hidden=64..256":        {Low: 64, High: 256, Log: true, Whole: true},
		"encoder.lstm.layers=1..3":           {Low: 1, High: 3, Whole: true},
		"encoder.lstm.dropout=0.2..0.6":      {Low: 0.2, High: 0.6},
		"training.optimizer.lr=0.0005..0.01": {Low: 0.0005, High: 0.01, Log: true},
		"training.optimizer.lr=5e-4 .. 1e-2": {Low: 0.0005, High: 0.01, Log: true},
	} {
		d, err := ParseSpace(text)
		if err != nil || d.Low != want.Low || d.High != want.High || d.Log != want.Log || d.Whole != want.Whole {
			t.Errorf("%s: %+v, %v", text, d, err)
		}
	}
	for _, text := range []string{"", "a", "a=1", "a=2..1", "a=1..1", "a=x..2", "=1..2", "a=1..Inf"} {
		if _, err := ParseSpace(text); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

// Rungs are at a ninth, a third and all of the schedule, at evaluations.
func TestRungs(t *testing.T) {
	for _, c := range []struct{ steps, every, first, second uint64 }{
		{900, 1, 100, 300}, {1000, 50, 150, 350}, {100, 200, 100, 100}, {8, 1, 1, 3},
	} {
		if a, b, all := rung(0, c.steps, c.every), rung(1, c.steps, c.every), rung(2, c.steps, c.every); a != c.first ||
			b != c.second || all != c.steps {
			t.Errorf("%d steps, an evaluation each %d: %d, %d, %d", c.steps, c.every, a, b, all)
		}
	}
}

// Weights of more than four tasks are searched in four groups of neighbours by kind and size.
func TestDimensions(t *testing.T) {
	var b strings.Builder
	b.WriteString("data: {d: {format: jsonl, train: x}}\ntraining: {epochs: 1}\ntasks:\n")
	for i := range 6 {
		kind := "classification"
		if i%2 == 1 {
			kind = "tagging"
		}
		fmt.Fprintf(&b, "  - {name: t%d, kind: %s, data: d, field: f, weight: %d}\n", i, kind, i+1)
	}
	j, err := job.Parse("job.yaml", []byte(b.String()), nil)
	if err != nil {
		t.Fatal(err)
	}
	dims := Dimensions(j, []int{50, 10, 40, 20, 30, 30})
	var names []string
	for _, d := range dims {
		names = append(names, d.Name)
	}
	want := []string{"weight of t4, t2", "weight of t0", "weight of t1, t3", "weight of t5", "sampling temperature"}
	if !slices.Equal(names, want) {
		t.Errorf("dimensions %q, want %q", names, want)
	}
	if !slices.Equal(dims[2].Times, []float64{2, 4}) {
		t.Errorf("factors %v", dims[2].Times)
	}
	j.Training.Mode = "joint"
	if dims = Dimensions(j, []int{50, 10, 40, 20, 30, 30}); len(dims) != 4 {
		t.Error("a joint job that draws no tasks has a sampling temperature")
	}
}

// made is a tuning whose runs have scores by formula instead of trainings: points come in the order of their quality.
func made(t *testing.T, points int, score func(point, stage, fold int) float64) *Tuning {
	t.Helper()
	const text = `
data: {d: {format: jsonl, train: x, dev: y, test: z}}
tasks: [{name: a, kind: classification, data: d, field: f}, {name: b, kind: classification, data: d, field: g}]
training: {steps: 900, evaluate_every: 10}
`
	tuning := &Tuning{Folds: 3, Prefer: Preference{"a": 3, "b": 1},
		Load:  func(set []string) (*job.Job, error) { return job.Parse("job.yaml", []byte(text), set) },
		Steps: func(j *job.Job) (uint64, error) { return uint64(j.Training.Steps), nil }}
	for i := range points {
		tuning.Points = append(tuning.Points, []string{fmt.Sprintf("tasks.a.weight=%d", i+1)})
	}
	tuning.Points[0] = nil
	for stage := 0; ; stage++ {
		runs, err := tuning.Next()
		if err != nil {
			t.Fatal(err)
		}
		if len(runs) == 0 {
			return tuning
		}
		var results []Result
		for i, r := range runs {
			fold := 0
			if stage == rungCount {
				fold = i/len(tuning.alive) + 1
			}
			if r.Job.Data[0].Test != "" || !r.NoTest {
				t.Errorf("%s reads the test split", r.String())
			}
			if want := []uint64{100, 300, 0, 0}[stage]; r.Until != want {
				t.Errorf("stage %d: until step %d, want %d", stage, r.Until, want)
			}
			s := score(int(r.Job.Tasks[0].Weight)-1, stage, fold)
			if math.IsNaN(s) {
				results = append(results, Result{Diverged: "the loss is NaN"})
				continue
			}
			// The weighted mean is s; evaluations that are not the best, or after the rung, do not count.
			results = append(results, Result{Evaluations: []run.Metric{
				{Step: 50, Best: true, Selection: map[string]float64{"a": s + 0.1, "b": s - 0.3}},
				{Step: 60, Selection: map[string]float64{"a": 9, "b": 9}},
				{Step: 301, Best: r.Until > 0, Selection: map[string]float64{"a": 9, "b": 9}}}})
		}
		if err := tuning.Take(results); err != nil {
			t.Fatal(err)
		}
	}
}

// The best third of the points continues, and the best point wins cross-validation if it gains more than one standard
// error over point 0, though point 0 left the search at the first rung.
func TestTuningFindsTheBestPoint(t *testing.T) {
	tuning := made(t, 27, func(point, stage, fold int) float64 {
		return 0.5 + 0.01*float64(point) - 0.001*float64(fold*point%3)
	})
	r := tuning.Report(&job.Job{}, nil)
	if r.Chosen != 26 {
		t.Errorf("chosen is point %d", r.Chosen)
	}
	reached := [4]int{}
	for _, trial := range r.Trials {
		if reached[len(trial.Rungs)]++; len(trial.Folds) == 3 != (trial.Point == 0 || trial.Point >= 24) {
			t.Errorf("point %d has %d folds", trial.Point, len(trial.Folds))
		}
	}
	if reached != [4]int{0, 18, 6, 3} {
		t.Errorf("points that left after each rung: %v", reached)
	}
	near(t, "score of the first rung", r.Trials[5].Rungs[0], 0.55, 1e-9)
}

// A point that gains less than its standard error does not replace the job.
func TestTuningKeepsPointZero(t *testing.T) {
	tuning := made(t, 9, func(point, _, fold int) float64 {
		if fold == 0 {
			return 0.5 + 0.01*float64(point)
		}
		return 0.5 + []float64{0.05, -0.02, -0.02}[fold-1]*float64(point) // mean 0.0033, standard error 0.023
	})
	if chosen := tuning.Chosen(); chosen != 0 {
		c := tuning.trials[chosen]
		t.Errorf("point %d is chosen with a gain of %v and a standard error of %v", chosen, c.Gain, c.StdErr)
	}
	if c := tuning.trials[8]; math.Abs(c.Gain-8*0.01/3) > 1e-9 || math.Abs(c.StdErr-8*0.07/3) > 1e-9 {
		t.Errorf("gain %v, standard error %v", c.Gain, c.StdErr)
	}
}

// A point that diverges, in a rung or in a fold, loses. The others continue.
func TestDivergedPoints(t *testing.T) {
	tuning := made(t, 9, func(point, _, fold int) float64 {
		if point == 4 || point == 8 && fold == 2 {
			return math.NaN()
		}
		return 0.5 + 0.01*float64(point)
	})
	if chosen := tuning.Chosen(); chosen != 7 {
		t.Errorf("chosen is point %d", chosen)
	}
	for point, trial := range tuning.trials {
		if (trial.Diverged != "") != (point == 4 || point == 8) {
			t.Errorf("point %d diverged: %q", point, trial.Diverged)
		}
	}
	near(t, "score of a point that diverged", tuning.trials[4].Rungs[0], -1, 0)
}

// The points for which there is time take that time: their cost is that of the formula in Affordable.
func TestAffordable(t *testing.T) {
	for _, n := range []float64{9, 27, 54} {
		cost := n/9 + n/3*2/9 + n/9*2/3 + 4*3
		if got := Affordable(cost/0.85, 3); math.Abs(float64(got)-n) > 1 {
			t.Errorf("%d points in the time of %v", got, n)
		}
	}
	if Affordable(5, 3) > 1 {
		t.Error("there is time for points in less than the time of cross-validation")
	}
}
