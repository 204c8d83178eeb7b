package term

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"braid/run"
	"braid/train"
)

// scene sends the events of a short training to a screen.
func scene(s *Screen) {
	s.Event(train.Started{Job: "godoc", Dir: "runs/godoc", Steps: 2000, Params: 1234567, Words: 9876, Shards: 8,
		Workers: 2})
	for step := uint64(1); step <= 500; step++ {
		s.Event(train.Stepped{Step: step, Steps: 2000, Tasks: []int{int(step % 2)}, Loss: []float64{0.5}, Tokens: 1000,
			Took: 50 * time.Millisecond})
	}
	s.Event(train.Evaluated{Step: 500, Steps: 2000, Split: "dev", Mean: 0.75, Best: true, Tasks: []train.TaskScore{
		{Task: "topic", Metric: "accuracy", Main: 0.9, Loss: 0.25}, {Task: "names", Metric: "f1", Main: 0.6, Loss: 0.125}}})
}

func TestPipeReceivesOneLinePerEvaluation(t *testing.T) {
	var out bytes.Buffer
	scene(&Screen{out: &out, tasks: []string{"topic", "names"}, losses: make([]average, 2), scores: make([]string, 2)})
	want := "godoc: 2,000 steps, 1,234,567 parameters, 9,876 words, 8 shards, 2 workers, into runs/godoc\n" +
		"step 500/2,000  dev 0.7500*  topic accuracy 0.9000 loss 0.2500  names f1 0.6000 loss 0.1250  20,000 tokens/s\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

func TestTerminalShowsAProgressLine(t *testing.T) {
	var out bytes.Buffer
	s := &Screen{out: &out, tasks: []string{"topic", "names"}, losses: make([]average, 2), scores: make([]string, 2),
		width: func() int { return 120 }}
	scene(s)
	s.drawn = time.Time{}
	s.Event(train.Stepped{Step: 501, Steps: 2000, Tasks: []int{0}, Loss: []float64{0.5}, Tokens: 1000,
		Took: 50 * time.Millisecond})
	lines := strings.Split(out.String(), "\r\x1b[K")
	last := lines[len(lines)-1]
	want := "████░░░░░░░░░░░░ 501/2,000  20,000 tokens/s  1m15s left  topic loss 0.500 accuracy 0.9000  names loss " +
		"0.500 f1 0.6000"
	if last != want {
		t.Errorf("got  %s\nwant %s", last, want)
	}
	for _, line := range lines {
		if n := len([]rune(strings.Split(line, "\n")[0])); n > 120 {
			t.Errorf("line of %d characters on a terminal of 120", n)
		}
	}
}

func TestSpan(t *testing.T) {
	for seconds, want := range map[float64]string{0: "0s", 59.6: "1m00s", 61: "1m01s", 7500: "2h05m"} {
		if got := Span(time.Duration(seconds * float64(time.Second))); got != want {
			t.Errorf("%v s: %s, want %s", seconds, got, want)
		}
	}
}

func TestSummaryPutsTheMainMetricFirst(t *testing.T) {
	var out bytes.Buffer
	scores := map[string]float64{"accuracy": 0.5, "f1": 0.25}
	Summary(&out, &run.Summary{Tasks: map[string]run.TaskSummary{"names": {Metric: "f1",
		Scores:   run.Scores{Dev: scores, Test: scores},
		Baseline: map[string]float64{"f1": 0.125}}}}, []string{"names"})
	want := "task   metric       dev    test  baseline\nnames  f1        0.2500  0.2500    0.1250\n       accuracy  " +
		"0.5000  0.5000\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

// Skipped steps are shown as they happen and in the summary. Their losses do not enter the averages.
func TestSkippedStepsAreShown(t *testing.T) {
	var out bytes.Buffer
	Summary(&out, &run.Summary{Steps: 2000, SkippedSteps: 3}, nil)
	want := "3 of 2,000 steps were skipped because their loss or gradient was not finite\n"
	if !strings.HasSuffix(out.String(), want) {
		t.Errorf("got %q", out.String())
	}
	out.Reset()
	s := &Screen{out: &out, tasks: []string{"topic"}, losses: make([]average, 1), scores: make([]string, 1)}
	s.Event(train.Stepped{Step: 7, Steps: 9, Tasks: []int{0}, Loss: []float64{math.NaN()},
		Skipped: errors.New("step 7: NaN")})
	if want := "skipped: step 7: NaN\n"; out.String() != want || s.losses[0].any {
		t.Errorf("got %q", out.String())
	}
}

func TestFail(t *testing.T) {
	var out bytes.Buffer
	err := &Hint{Err: fmt.Errorf("training: %w", &train.Interrupted{Dir: "runs/x", Step: 7}), Hint: "to continue: again"}
	if code := Fail(&out, err); code != ExitInterrupted {
		t.Errorf("exit code %d", code)
	}
	if want := "training: stopped after step 7; the checkpoint is in runs/x\nto continue: again\n"; out.String() != want {
		t.Errorf("got %q", out.String())
	}
	if Fail(&out, nil) != ExitOK || Fail(&out, errors.New("x")) != ExitFailed ||
		Fail(&out, context.Canceled) != ExitInterrupted {
		t.Error("wrong exit codes")
	}
}

func TestFigure(t *testing.T) {
	for v, want := range map[float64]string{0: "0.0000", 0.5: "0.5000", -0.25: "-0.2500", 0.0001: "0.0001",
		3e-21: "3e-21", 1e9: "1e+09",
		399997344188860.25: "4e+14", 123456.7: "123456.7000"} {
		if got := Figure(v); got != want {
			t.Errorf("%g: got %s, want %s", v, got, want)
		}
	}
}
