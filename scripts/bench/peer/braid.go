package main

import (
	"context"
	"fmt"
	"runtime"

	"braid/scripts/bench/internal/runner"
)

// Braid is the contestant Braid: one process, or a coordinator and workers over NATS on loopback.
type Braid struct {
	programs runner.Programs
	job      string
	tokens   float64 // per step
	workers  int     // 0: one process
	bf16     bool    // the job sends gradients and updates as bfloat16
	speed    float64 // tokens per second of the last race; determines the steps of the next race
}

func (b *Braid) Name() string {
	if b.workers > 0 {
		return fmt.Sprintf("Braid, %d workers, NATS%s", b.workers, suffix(b.bf16, ", bf16"))
	}
	return "Braid, local"
}

func (b *Braid) Variant() string {
	if b.workers > 0 {
		return fmt.Sprintf("%d thread(s) a worker", b.threads())
	}
	return fmt.Sprintf("%d threads", b.threads())
}

func (b *Braid) threads() int { return max(1, runtime.NumCPU()/max(1, b.workers)) }

func (b *Braid) Race(ctx context.Context, seconds float64) (float64, error) {
	steps := max(60, int(seconds*b.speed/b.tokens))
	var r runner.Run
	var err error
	if b.workers == 0 {
		r, err = b.programs.Local(ctx, b.job, steps, b.threads())
	} else {
		r, err = b.programs.Cluster(ctx, b.job, steps, b.workers, b.threads(), nil)
	}
	b.speed = r.Steady
	return b.speed, err
}
