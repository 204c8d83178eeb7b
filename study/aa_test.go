package study

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"braid/job"
	"braid/task"
)

// simulated is a population of models and examples: an example is right with a probability that depends on its
// difficulty and on the skill of the model, which differs by seed.
type simulated struct {
	random *rand.Rand
	skill  float64 // deviation between seeds
	easy   []float64
}

func simulate(seed uint64, n int, skill float64) *simulated {
	s := &simulated{random: rand.New(rand.NewPCG(seed, 7)), skill: skill}
	for range n {
		s.easy = append(s.easy, 0.3+0.7*s.random.Float64())
	}
	return s
}

// arm returns three seeds of a model whose mean skill is shifted.
func (s *simulated) arm(kind string, shift float64) (all Sample) {
	for range 3 {
		skill := shift + s.skill*s.random.NormFloat64()
		o := task.NewOutcomes(job.Task{Kind: kind, Scheme: "bio"}, 2)
		for i, easy := range s.easy {
			score := o.Next()
			right := uint64(0)
			if s.random.Float64() < easy+skill {
				right = 1
			}
			switch kind {
			case "classification":
				score.Counts[0], score.Counts[1] = 1, right
			case "tagging":
				copy(score.Counts, []uint64{5, 4, right, 1, 1 + uint64(i%2), 1, right})
			case "regression":
				score.Counts[0] = 1
				score.Sums[0], score.Sums[1] = easy+skill+0.3*s.random.NormFloat64(), easy
			}
			o.Take(uint32(i))
		}
		all = append(all, o)
	}
	return all
}

// Of 200 comparisons of arms that are alike, at most 5 % say that a task gains or is hurt, with much or little noise
// between seeds. A harm of five points on 400 examples is found almost always.
func TestComparisonsOfArmsThatAreAlike(t *testing.T) {
	defer func(n int) { resamples = n }(resamples)
	resamples = 200 // so that the test takes some seconds
	kinds := []struct{ kind, metric string }{{"classification", "accuracy"}, {"tagging", "f1"}, {"regression", "mse"}}
	for _, skill := range []float64{0, 0.03} {
		wrong, found := 0, 0
		const comparisons = 200
		for seed := range uint64(comparisons) {
			var alike, worse []Measured
			for i, k := range kinds {
				s := simulate(3*seed+uint64(i), 50, skill)
				alike = append(alike, Measured{Task: fmt.Sprint(i), Metric: k.metric,
					Samples: []Sample{s.arm(k.kind, 0), s.arm(k.kind, 0)}})
			}
			if says(t, alike) != "" {
				wrong++
			}
			if seed < 20 {
				s := simulate(seed, 300, skill/6)
				worse = append(worse, Measured{Task: "t", Metric: "accuracy",
					Samples: []Sample{s.arm("classification", 0), s.arm("classification", -0.12)}})
				if says(t, worse) == Hurt {
					found++
				}
			}
		}
		t.Logf("deviation %v between seeds: %d of %d comparisons of equal arms say a difference; %d of 20 harms found",
			skill, wrong, comparisons, found)
		if wrong > comparisons/20 {
			t.Errorf("deviation %v: %d of %d comparisons of equal arms say a difference", skill, wrong, comparisons)
		}
		if found < 18 {
			t.Errorf("deviation %v: %d of 20 harms are found", skill, found)
		}
	}
}

// says returns a verdict of a comparison of two arms that is not NoDifference; "" if there is none.
func says(t *testing.T, tasks []Measured) Verdict {
	table, err := Tabulate([]string{"a", "b"}, tasks)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range table.Contrasts {
		if c.Verdict != NoDifference {
			return c.Verdict
		}
	}
	return ""
}
