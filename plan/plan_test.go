package plan

import (
	"fmt"
	"math"
	"reflect"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"braid/internal/rng"
	"braid/job"
)

func testJob(mode, sampling string, batch, shards, tasks int) *job.Job {
	j := &job.Job{Seed: 5, Data: []job.DataSet{{Name: "a"}, {Name: "b"}}}
	for t := range tasks {
		j.Tasks = append(j.Tasks, job.Task{Name: fmt.Sprint("t", t), Data: j.Data[t%2].Name, Probability: float64(t + 1)})
	}
	j.Training = job.Training{Mode: mode, Batch: batch, Shards: shards, Epochs: 3,
		Sampling: job.Sampling{Kind: sampling, Temperature: 2, Alpha: 0.8}}
	return j
}

func planner(t rapid.TB, j *job.Job, s Sizes) *Planner {
	p, err := New(j, s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Drawn tasks follow the planned shares: chi-square at p > 0.001, fixed seeds.
func TestSamplersKeepTheirShares(t *testing.T) {
	sizes := Sizes{Tasks: []int{10000, 1000, 100}, Sets: []int{10000, 1000}}
	for kind := range samplers {
		j := testJob("sampled", kind, 32, 8, 3)
		p := planner(t, j, sizes)
		const n = 20000
		var observed, expected [3]float64
		for step := range uint64(n) {
			if kind == "annealed" {
				step %= p.Steps()
			}
			for i, share := range p.Probabilities(step) {
				expected[i] += share
			}
			key := rng.Key{Seed: j.Seed, Purpose: rng.Sample, A: step}
			if kind == "annealed" {
				key.Seed += uint64(observed[0] + observed[1] + observed[2]) // steps repeat, draws must not
			}
			observed[p.sampler.draw(step, key.Stream())]++
		}
		chi := stat.ChiSquare(observed[:], expected[:])
		if pValue := 1 - (distuv.ChiSquared{K: 2}).CDF(chi); pValue < 0.001 {
			t.Errorf("%s: drew %v, planned %v (p = %g)", kind, observed, expected, pValue)
		}
	}
}

// Values of temperature sampling computed elsewhere in float64 for n = 10000, 1000, 100.
func TestTemperature(t *testing.T) {
	for _, c := range []struct {
		temperature float64
		cap         int
		want        []float64
	}{
		{1, 0, []float64{.900901, .090090, .009009}},
		{2, 0, []float64{.706101, .223289, .070610}},
		{1, 1000, []float64{.476190, .476190, .047619}},
		{1, 1, []float64{1. / 3, 1. / 3, 1. / 3}},
	} {
		j := testJob("sampled", "temperature", 32, 8, 3)
		j.Training.Sampling.Temperature, j.Training.Sampling.Cap = c.temperature, c.cap
		p := planner(t, j, Sizes{Tasks: []int{10000, 1000, 100}, Sets: []int{10000, 1000}})
		for i, got := range p.Probabilities(0) {
			if math.Abs(got-c.want[i]) > 1e-6 {
				t.Errorf("T=%g cap=%d: p[%d] = %g, want %g", c.temperature, c.cap, i, got, c.want[i])
			}
		}
	}
}

// For any sizes, batch and shards, an epoch of a task reads every example once.
func TestEpochShowsEveryExampleOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		batch := rapid.IntRange(1, 40).Draw(t, "batch")
		shards := rapid.IntRange(1, batch).Draw(t, "shards")
		mode := rapid.SampledFrom([]string{"sampled", "joint"}).Draw(t, "mode")
		j := testJob(mode, "uniform", batch, shards, 2)
		sizes := []int{rapid.IntRange(1, 300).Draw(t, "n0"), rapid.IntRange(1, 300).Draw(t, "n1")}
		p := planner(t, j, Sizes{Tasks: sizes, Sets: sizes})
		seen := map[[2]uint64]map[int32]int{} // (set, epoch) → position → times
		for step := range p.Steps() * 2 {
			for _, s := range p.At(step).Streams {
				if len(s.Shards) != shards {
					t.Fatalf("%d shards", len(s.Shards))
				}
				key := [2]uint64{uint64(s.Set), s.Epoch}
				if seen[key] == nil {
					seen[key] = map[int32]int{}
				}
				for _, shard := range s.Shards {
					for _, position := range shard {
						seen[key][position]++
					}
				}
			}
		}
		for key, positions := range seen {
			_, complete := seen[[2]uint64{key[0], key[1] + 1}]
			if complete && len(positions) != sizes[key[0]] {
				t.Errorf("set %d epoch %d saw %d of %d", key[0], key[1], len(positions), sizes[key[0]])
			}
			for position, times := range positions {
				if times != 1 || int(position) >= sizes[key[0]] {
					t.Errorf("set %d epoch %d: position %d seen %d times", key[0], key[1], position, times)
				}
			}
		}
	})
}

// Steps do not depend on earlier calls.
func TestAtIsPure(t *testing.T) {
	j := testJob("sampled", "proportional", 8, 4, 3)
	sizes := Sizes{Tasks: []int{50, 70, 9}, Sets: []int{59, 70}}
	forward := planner(t, j, sizes)
	var steps []Step
	for i := range uint64(60) {
		steps = append(steps, forward.At(i))
	}
	backward := planner(t, j, sizes)
	for i := len(steps) - 1; i >= 0; i -= 7 {
		if got := backward.At(uint64(i)); !reflect.DeepEqual(got, steps[i]) {
			t.Errorf("step %d: %v, then %v", i, steps[i], got)
		}
	}
}

func TestJointStepTrainsKTasks(t *testing.T) {
	j := testJob("joint", "uniform", 8, 2, 4)
	j.Training.TasksPerStep = 2
	p := planner(t, j, Sizes{Tasks: []int{30, 30, 30, 30}, Sets: []int{30, 40}})
	count := make([]float64, 4)
	for i := range uint64(2000) {
		n := 0
		for _, s := range p.At(i).Streams {
			for _, task := range s.Tasks {
				count[task]++
				n++
			}
		}
		if n != 2 {
			t.Fatalf("step %d trains %d tasks", i, n)
		}
	}
	for task, n := range count {
		if math.Abs(n-1000) > 120 {
			t.Errorf("task %d was in %g of 2000 steps", task, n)
		}
	}
}

// The first draws of seed 5 are frozen: a change here changes every model.
func TestGolden(t *testing.T) {
	p := planner(t, testJob("sampled", "proportional", 4, 2, 3), Sizes{Tasks: []int{10, 20, 30}, Sets: []int{30, 20}})
	got := ""
	for i := range uint64(4) {
		s := p.At(i).Streams[0]
		got += fmt.Sprint(s.Tasks, s.Shards, ";")
	}
	const want = "[2] [[26 10] [17 8]];[1] [[4 16] [15 19]];[2] [[19 0] [22 28]];[2] [[24 9] [16 3]];"
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// A task needs an example, and at most as many as positions count.
func TestSizesThatAreRefused(t *testing.T) {
	for n, refused := range map[int]bool{0: true, 1: false, math.MaxInt32: false, math.MaxInt32 + 1: true} {
		j := testJob("sampled", "uniform", 8, 2, 2)
		if _, err := New(j, Sizes{Tasks: []int{3, n}, Sets: []int{3, n}}); (err != nil) != refused {
			t.Errorf("%d examples: %v", n, err)
		}
	}
	for _, s := range []Sizes{{[]int{3}, []int{3, 3}}, {[]int{3, 3}, []int{3}}, {[]int{3, 3, 3}, []int{3, 3, 3}}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("sizes of %d tasks and %d data sets are accepted", len(s.Tasks), len(s.Sets))
				}
			}()
			_, _ = New(testJob("sampled", "uniform", 8, 2, 2), s)
		}()
	}
}

// A slice that grows has the length asked for, and keeps its elements.
func TestResize(t *testing.T) {
	s := resize([]int(nil), 2)
	s[0], s[1] = 7, 8
	for _, n := range []int{1, 2, 3, 9, 4} {
		if s = resize(s, n); len(s) != n || s[0] != 7 || n > 1 && s[1] != 8 {
			t.Errorf("%d elements: %v", n, s)
		}
	}
}

// Steps come from epochs, unless the job gives steps.
func TestSteps(t *testing.T) {
	sizes := Sizes{Tasks: []int{17, 8}, Sets: []int{20, 9}}
	for mode, perEpoch := range map[string]uint64{"sampled": 3 + 1, "joint": 3} {
		j := testJob(mode, "uniform", 8, 2, 2)
		if got := planner(t, j, sizes).Steps(); got != 3*perEpoch {
			t.Errorf("%s: %d steps in 3 epochs, want %d", mode, got, 3*perEpoch)
		}
		j.Training.Steps = 5
		if got := planner(t, j, sizes).Steps(); got != 5 {
			t.Errorf("%s: %d steps, want 5", mode, got)
		}
	}
}

// Fill returns the same plan as At, whatever its memory held before, and does not allocate.
func TestFill(t *testing.T) {
	sizes := Sizes{Tasks: []int{310, 100, 23}, Sets: []int{310, 120}}
	for _, mode := range []string{"sampled", "joint"} {
		for _, perStep := range []int{0, 2} {
			j := testJob(mode, "proportional", 32, 8, 3)
			if mode == "joint" {
				j.Training.TasksPerStep = perStep
			}
			p, fresh := planner(t, j, sizes), planner(t, j, sizes)
			var s Step
			for _, step := range []uint64{0, 1, 2, 3, 4, 5, 9, 3, 30} {
				p.Fill(&s, step)
				if want := fresh.At(step); !reflect.DeepEqual(s, want) {
					t.Fatalf("%s, step %d: %v, want %v", mode, step, s, want)
				}
			}
			step := uint64(0)
			if n := testing.AllocsPerRun(50, func() { p.Fill(&s, step); step++ }); n > 0 && perStep == 0 {
				t.Errorf("%s: %v allocations a step", mode, n)
			}
		}
	}
}

// A clone and its original do not disturb each other.
func TestClone(t *testing.T) {
	p := planner(t, testJob("sampled", "proportional", 8, 4, 3), Sizes{Tasks: []int{50, 70, 9}, Sets: []int{59, 70}})
	want := p.At(7)
	c := p.Clone()
	for step := range uint64(20) {
		c.At(step)
	}
	if got := p.At(7); !reflect.DeepEqual(got, want) {
		t.Errorf("the original has %+v, want %+v", got, want)
	}
	if got := c.At(7); !reflect.DeepEqual(got, want) {
		t.Errorf("the clone has %+v, want %+v", got, want)
	}
}
