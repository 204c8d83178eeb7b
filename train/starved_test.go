package train_test

import (
	"testing"

	"braid/train"
)

func TestStarvedSentences(t *testing.T) {
	s := train.Starved{Task: "a", Examples: 7, Of: 300, Sampling: "proportional", Remedy: "train longer"}
	for steps, want := range map[uint64]string{
		0: "task a: none of the 300 steps trains it (it has 7 examples, and sampling is proportional): train longer",
		1: "task a: 1 of the 300 steps trains it (it has 7 examples, and sampling is proportional): train longer",
		2: "task a: 2 of the 300 steps train it (it has 7 examples, and sampling is proportional): train longer",
	} {
		s.Steps = steps
		if s.String() != want {
			t.Errorf("got  %s\nwant %s", s, want)
		}
	}
}

// A task is starved with no step, or with fewer than ten if the tasks have ten each on average.
func TestStarvedTasks(t *testing.T) {
	for _, c := range []struct {
		steps  string
		rare   string // probability of names
		remedy string
		want   int
	}{
		{"400", "0.0001", "raise tasks.names.probability, or train longer", 1},
		{"20", "0.0001", "raise tasks.names.probability, or train longer", 1},
		{"15", "0.0001", "raise tasks.names.probability, or train longer", 1},
		{"19", "0.5", "", 0}, // few steps for all
		{"20", "0.2", "raise tasks.names.probability, or train longer", 1},
		{"200", "0.5", "", 0},
	} {
		s := prepare(t, "training.sampling.kind=explicit", "tasks.topic.probability=1", "tasks.names.probability="+c.rare,
			"training.steps="+c.steps)
		got := s.Starved()
		if len(got) != c.want {
			t.Errorf("%s steps, probability %s: starved %v, want %d tasks", c.steps, c.rare, got, c.want)
			continue
		}
		if c.want > 0 && (got[0].Task != "names" || got[0].Examples != 60 || got[0].Of != s.Plan.Steps() ||
			got[0].Steps != s.Shares()[1].Steps ||
			got[0].Remedy != c.remedy || got[0].Sampling != "explicit") {
			t.Errorf("%s steps, probability %s: %+v", c.steps, c.rare, got[0])
		}
	}
}

// Ten steps are enough.
func TestTenStepsAreEnough(t *testing.T) {
	for steps, want := range map[string]int{"20": 0, "21": 0, "19": 0} {
		s := prepare(t, "training.sampling.kind=round_robin", "training.steps="+steps)
		if got := s.Starved(); len(got) != want {
			t.Errorf("%s steps: starved %v", steps, got)
		}
	}
}

// The remedy names a setting of the kind of sampling.
func TestStarvedRemedies(t *testing.T) {
	const longer = ", or train longer"
	for kind, want := range map[string]string{
		"proportional": "set training.sampling.kind to temperature or uniform" + longer,
		"annealed":     "set training.sampling.kind to temperature or uniform" + longer,
		"temperature":  "raise training.sampling.temperature, set training.sampling.cap" + longer,
		"uniform":      "train longer",
		"round_robin":  "train longer",
	} {
		s := prepareJob(t, wideJob, "training.mode=sampled", "training.sampling.kind="+kind, "training.steps=3")
		got := s.Starved()
		if len(got) == 0 {
			t.Errorf("%s: 3 steps train 4 tasks", kind)
			continue
		}
		if got[0].Remedy != want {
			t.Errorf("%s: %q, want %q", kind, got[0].Remedy, want)
		}
	}
}
