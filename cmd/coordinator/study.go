package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"braid/cmd/internal/term"
	"braid/coordinator"
	"braid/internal/plain"
	"braid/protocol"
	"braid/study"
	"braid/study/local"
)

// study hands out the runs of a study.
func (f *flags) study(ctx context.Context, out *os.File, errs io.Writer) error {
	runs, err := local.ReadJobs(f.Study)
	if err != nil {
		return err
	}
	guard, err := f.guard()
	if err != nil {
		return err
	}
	screen := term.NewScreen(out, nil)
	defer screen.Wipe()
	go garbage.Keep(ctx)
	err = coordinator.Study(ctx, coordinator.StudyConfig{Runs: runs, Dir: f.Study, Config: coordinator.Config{
		Nats: f.nats(), Fleet: protocol.FleetName(f.Fleet), Replicas: f.Replicas, Listen: f.Listen, Guard: guard,
		Listening: func(port int) { screen.Print(f.workerCommand(port, guard) + " --study") }, Status: screen.Status,
		Log: f.logger(wiper{screen, errs})},
		Finished: func(r *study.Run, left int) {
			screen.Print(fmt.Sprintf("%s (%s) is finished, %s left", r.String(), r.Dir(),
				term.Counted(uint64(left), "run")))
		}})
	screen.Wipe()
	if err != nil && ctx.Err() != nil {
		return &term.Hint{Err: fmt.Errorf("stopped; finished runs are in %s: %w", f.Study, err),
			Hint: "to resume: the same command"}
	}
	if err != nil {
		return err
	}
	_, err = plain.Fprintf(out, "all runs are in %s: braid compare with this directory as --out prints their table\n",
		f.Study)
	return err
}
