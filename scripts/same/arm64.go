package main

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
)

// armSteps limits the trainings under qemu, which is about twenty times slower, to a minute or two.
const armSteps = 40

// armWays compare a training on this machine with one on arm64 and with clusters of both.
var armWays = []way{
	{"braid train, this machine", local(2)},
	{"braid train, arm64", armLocal},
	{"cluster, a worker of each", mixed(native, native, arm64)},
	{"cluster, arm64 coordinator", mixed(arm64, native, native)},
}

// prepareARM compiles the programs for arm64 and finds qemu.
func (o *options) prepareARM(dir string) error {
	for _, name := range []string{"qemu-aarch64", "qemu-aarch64-static"} {
		if path, err := exec.LookPath(name); err == nil {
			o.qemu = path
			break
		}
	}
	if o.qemu == "" {
		return errors.New("qemu-aarch64 is not installed: apt-get install qemu-user")
	}
	if o.quick {
		o.steps = armSteps
	}
	o.armBin = filepath.Join(dir, "bin-arm64")
	return build(o.armBin, "GOARCH=arm64", "CGO_ENABLED=0")
}

func armLocal(s *stage) error {
	args := []string{"train", s.job, "--out", s.out(), "--workers", "1"}
	p, err := s.start(arm64, "braid", append(args, s.overrides()...)...)
	if err != nil {
		return err
	}
	return s.finish(p)
}

// mixed trains with a coordinator and workers on the given architectures. With an audit of 1, a second
// worker computes every answer and the coordinator compares the two, so even a slow worker computes.
func mixed(coordinator architecture, workers ...architecture) func(*stage) error {
	return func(s *stage) error {
		lead, err := s.lead(coordinator, "cluster.min_workers="+strconv.Itoa(len(workers)), "--set", "cluster.audit=1")
		if err != nil {
			return err
		}
		all := []*process{lead}
		for _, on := range workers {
			w, err := s.work(on)
			if err != nil {
				return err
			}
			all = append(all, w)
		}
		if err := s.finish(all...); err != nil {
			return err
		}
		for _, w := range all[1:] {
			if !w.said("joining the coordinator") {
				return fmt.Errorf("%s computed nothing: %s", w.name, w.last())
			}
		}
		return nil
	}
}
