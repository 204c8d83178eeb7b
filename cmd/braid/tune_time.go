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

// trialsFile holds the number of trials that --time has given, and that time, so that a resumed tuning has the same
// points.
const trialsFile = "trials"

// chooseTrials sets the number of trials from --time and the time of the first steps of the job.
func (c *tuneCommand) chooseTrials(ctx context.Context, t *study.Tuning, screen *term.Screen) error {
	if c.Time == 0 {
		return nil
	}
	note := filepath.Join(c.Out, trialsFile)
	if n, err := readTrials(note, c.Time); err != nil || n > 0 { // of an interrupted call
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
	seconds, steps, err := local.Spent(c.Out, &first) // the run may be of an earlier call
	if err != nil {
		return err
	}
	whole, err := t.Whole(first, max(seconds, time.Since(begin).Seconds()), steps)
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
	return renameio.WriteFile(note, fmt.Appendf(nil, "%d %s\n", n, c.Time), 0o644)
}

// readTrials reads trialsFile. It returns 0 if there is no such file, or if its number is for another time.
func readTrials(path string, limit time.Duration) (int, error) {
	text, err := regular.Read(path, 64)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	} else if err != nil {
		return 0, err
	}
	number, given, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	n, err := strconv.Atoi(number)
	if err != nil || n < 2 {
		return 0, fmt.Errorf("%s: it is damaged: remove it", path)
	}
	if given != limit.String() {
		return 0, nil
	}
	return n, nil
}
