// Alike measures how often braid compare calls a task hurt or gaining when there is no difference: it compares a job of
// two tasks with itself under other seeds, many times, with real trainings.
//
//	go run ./scripts/alike
//	go run ./scripts/alike --comparisons 50 --parallel 8
//
// Every comparison has two arms of three seeds. The exit code is 1 if more than 5 % of the comparisons call a task hurt
// or gaining.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"

	"braid/job"
	"braid/study"
	"braid/study/local"
)

func main() {
	comparisons := flag.Int("comparisons", 200, "number of comparisons")
	parallel := flag.Int("parallel", runtime.GOMAXPROCS(0), "trainings at a time")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *comparisons, *parallel); err != nil {
		fmt.Fprintln(os.Stderr, "alike:", err)
		os.Exit(1)
	}
}

const seeds = 3

func run(ctx context.Context, comparisons, parallel int) error {
	work, err := os.MkdirTemp("", "braid-alike-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if err := write(work); err != nil {
		return err
	}
	wrong, contrasts := 0, 0
	for i := range comparisons {
		table, err := compare(ctx, work, i, parallel)
		if err != nil {
			return err
		}
		said := false
		for _, c := range table.Contrasts {
			if c.Verdict != study.NoDifference {
				said = true
				fmt.Printf("comparison %d: task %s %s: %+.4f, p %.4f\n", i+1, c.Task, c.Verdict, c.Difference, c.Holm)
			}
			if c.P < 0.05 {
				contrasts++
			}
		}
		if said {
			wrong++
		}
	}
	fmt.Printf("%d comparisons of a job with itself: %d call a task hurt or gaining (%.1f %%)\n", comparisons, wrong,
		100*float64(wrong)/float64(comparisons))
	fmt.Printf("%d of %d contrasts have p < 0.05 before Holm's correction\n", contrasts, 2*comparisons)
	if 20*wrong > comparisons {
		return fmt.Errorf("more than 5 %% of the comparisons are wrong")
	}
	return nil
}

// compare trains both arms of a comparison with seeds that no other comparison has.
func compare(ctx context.Context, work string, i, parallel int) (*study.Table, error) {
	var arms []study.Arm
	for k, name := range []string{study.Together, "again"} {
		j, err := job.Load(filepath.Join(work, "job.yaml"), fmt.Sprintf("seed=%d", 1+(2*i+k)*seeds))
		if err != nil {
			return nil, err
		}
		arms = append(arms, study.Arm{Name: name, Job: j})
	}
	shares := []study.Share{{Test: true}, {Test: true}}
	c := &study.Comparison{Arms: arms, Seeds: seeds, Baseline: study.Together,
		Shares: [][]study.Share{shares, shares, shares}}
	runs, err := c.Runs()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(work, fmt.Sprint(i))
	defer os.RemoveAll(dir)
	results, err := local.Train(ctx, local.Config{Dir: dir, Parallel: parallel}, runs)
	if err != nil {
		return nil, err
	}
	report, err := c.Evaluate(runs, results, nil)
	if err != nil {
		return nil, err
	}
	return report.Table, nil
}
