package main

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"braid/cmd/internal/term"
	"braid/study"
	"braid/study/local"
	"braid/train"
)

// studyProgress shows the progress of the runs of a study.
type studyProgress struct {
	screen  *term.Screen
	all     int
	done    int
	found   int // runs that were finished before
	begun   time.Time
	running map[*study.Run]float64 // share of the steps that are done
}

func newStudyProgress(screen *term.Screen, runs []study.Run) *studyProgress {
	return &studyProgress{screen: screen, all: len(runs), begun: time.Now(), running: map[*study.Run]float64{}}
}

func (p *studyProgress) event(e local.Event) {
	switch step := e.Step.(type) {
	case train.Stepped:
		p.running[e.Run] = float64(step.Step) / float64(step.Steps)
		p.screen.Status(p.line())
	case train.Unsaved:
		p.screen.Print(e.Run.String() + ": " + step.String())
	}
	if !e.Finished {
		return
	}
	delete(p.running, e.Run)
	if p.done++; !e.Made {
		p.found++
		return
	}
	p.screen.Print(fmt.Sprintf("%d of %d  %s", p.done, p.all, e.Run))
}

// line returns the progress line: the runs that are training, and the time that the others take if they take as long.
func (p *studyProgress) line() string {
	var names []string
	made := float64(p.done - p.found)
	for r, share := range p.running {
		made += share
		names = append(names, fmt.Sprintf("%s %.0f%%", r, 100*share))
	}
	sort.Strings(names)
	left := ""
	if made > 0 {
		took := time.Since(p.begun).Seconds()
		left = "  about " + term.Time(took/made*(float64(p.all-p.found)-made)) + " left"
	}
	return fmt.Sprintf("%d of %d runs%s  %s", p.done, p.all, left, strings.Join(names, ", "))
}
