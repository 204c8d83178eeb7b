package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"braid/cmd/internal/term"
	"braid/internal/regular"
	"braid/study"
	"braid/study/local"

	"github.com/google/renameio/v2"
)

// trialsFile holds the number of trials that --time has given, so that a resumed tuning has the same points.
const trialsFile = "trials"

// chooseTrials sets the number of trials from --time and the time of the first steps of the job.
func (c *tuneCommand) chooseTrials(ctx context.Context, t *study.Tuning, screen *term.Screen) error {
	if c.Time == 0 {
		return nil
	}
	note := filepath.Join(c.Out, trialsFile)
	if n, err := readTrials(note); err != nil || n > 0 { // of an interrupted call
		c.Trials = n
		return err
	}
	first, err := t.First()
	if err != nil {
		return err
	}
	begin := time.Now()
	if _, err := local.Train(ctx, local.Config{Dir: c.Out, Parallel: 1,
		Events: newStudyProgress(screen, []study.Run{first}).event}, []study.Run{first}); err != nil {
		return err
	}
	whole, err := t.Whole(first, time.Since(begin).Seconds())
	if err != nil {
		return err
	}
	n := study.Affordable(c.Time.Seconds()*float64(c.Parallel)/whole, c.Folds)
	if n < 2 {
		return fmt.Errorf("--time %s is too short: one training takes about %s on one processor, and cross-validation needs "+
			"up to %d of them: give more time, more processors or fewer --folds", c.Time, term.Time(whole), 4*c.Folds)
	}
	c.Trials = n
	screen.Print(fmt.Sprintf("one training takes about %s: time for %s", term.Time(whole),
		term.Counted(uint64(n), "trial")))
	return renameio.WriteFile(note, fmt.Appendf(nil, "%d\n", n), 0o644)
}

// readTrials reads trialsFile. It returns 0 if there is no such file.
func readTrials(path string) (int, error) {
	text, err := regular.Read(path, 64)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	} else if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || n < 2 {
		return 0, fmt.Errorf("%s: it is damaged: remove it", path)
	}
	return n, nil
}
