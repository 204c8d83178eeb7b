package study

import (
	"cmp"
	"fmt"
	"slices"

	"braid/task"
)

// Sample holds the outcomes of one task in the runs of an arm, by seed.
type Sample []*task.Outcomes

// paired are samples of the same texts, each by arm.
type paired struct {
	samples []Sample
	order   [][][]int // by arm and seed: index in the outcomes of each text
	texts   int
}

// pair finds the texts that all samples have. It returns an error if the samples have different texts. It leaves out
// the texts of without, which ascend.
func pair(samples []Sample, without []uint32) (*paired, error) {
	p := &paired{samples: samples}
	var first []uint32
	for arm, s := range samples {
		orders := make([][]int, len(s))
		for seed, o := range s {
			order, texts := sorted(o, without)
			if arm == 0 && seed == 0 {
				first = texts
			}
			if !slices.Equal(texts, first) {
				return nil, fmt.Errorf("runs were scored on different examples (%d and %d): the data were changed between them",
					len(first), len(texts))
			}
			orders[seed] = order
		}
		p.order = append(p.order, orders)
	}
	p.texts = len(first)
	return p, nil
}

// sorted returns the indexes of outcomes in the order of their texts, and the texts.
func sorted(o *task.Outcomes, without []uint32) (order []int, texts []uint32) {
	for i, text := range o.Texts {
		if _, out := slices.BinarySearch(without, text); !out {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(o.Texts[a], o.Texts[b]) })
	for _, i := range order {
		texts = append(texts, o.Texts[i])
	}
	return order, texts
}

// scores returns the metric by arm and seed. times is by text how often it counts; nil: each once.
func (p *paired) scores(metric string, times []int) [][]float64 {
	all := make([][]float64, len(p.samples))
	for arm, s := range p.samples {
		for seed, o := range s {
			score := o.Empty()
			for text, i := range p.order[arm][seed] {
				n := 1
				if times != nil {
					n = times[text]
				}
				if n > 0 {
					o.AddTo(score, i, n)
				}
			}
			all[arm] = append(all[arm], score.Metrics()[metric])
		}
	}
	return all
}
