package term

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"braid/train"
)

// progress returns the progress line: bar, steps, speed, time left, and the loss and score of each task.
func (s *Screen) progress(e train.Stepped) string {
	const cells = 16
	full := int(e.Step * cells / max(e.Steps, 1))
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s %s/%s  %s tokens/s  %s left", strings.Repeat("█", full), strings.Repeat("░", cells-full),
		Count(e.Step), Count(e.Steps), Count(uint64(s.speed.tokens())), Span(s.speed.left(e.Steps-e.Step)))
	for t, name := range s.tasks {
		fmt.Fprintf(&b, "  %s", name)
		if s.losses[t].any {
			fmt.Fprintf(&b, " loss %.3f", s.losses[t].value)
		}
		if s.scores[t] != "" {
			fmt.Fprintf(&b, " %s", s.scores[t])
		}
	}
	return b.String()
}

// evaluated prints the line of an evaluation.
func (s *Screen) evaluated(e train.Evaluated) {
	var b strings.Builder
	mark := " "
	if e.Best {
		mark = "*"
	}
	fmt.Fprintf(&b, "step %s/%s  %s %.4f%s", Count(e.Step), Count(e.Steps), e.Split, e.Mean, mark)
	for _, t := range e.Tasks {
		fmt.Fprintf(&b, "  %s %s %s loss %s", t.Task, MetricLabel(t.Metric), Figure(t.Main), Figure(t.Loss))
		if i := slices.Index(s.tasks, t.Task); i >= 0 {
			s.scores[i] = MetricLabel(t.Metric) + " " + Figure(t.Main)
		}
	}
	if perSecond := s.speed.tokens(); perSecond > 0 {
		fmt.Fprintf(&b, "  %s tokens/s", Count(uint64(perSecond)))
	}
	s.print(b.String())
}

// average is an exponential moving average over about 20 values.
type average struct {
	value float64
	any   bool
}

func (a *average) add(v float64) {
	if !a.any {
		a.value, a.any = v, true
		return
	}
	a.value += (v - a.value) / 20
}

// speed is the speed of the last steps.
type speed struct {
	tokensStep, secondsStep average
}

func (s *speed) add(tokens int, took time.Duration) {
	s.tokensStep.add(float64(tokens))
	s.secondsStep.add(took.Seconds())
}

func (s *speed) tokens() float64 {
	if s.secondsStep.value <= 0 {
		return 0
	}
	return s.tokensStep.value / s.secondsStep.value
}

func (s *speed) left(steps uint64) time.Duration {
	return time.Duration(float64(steps) * s.secondsStep.value * float64(time.Second))
}
