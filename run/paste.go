package run

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
)

// Paste writes the files of a copy into the directory. It compares all files with the manifests before it
// publishes any of them: first the metrics, so that no checkpoint is ahead of them, then the best
// checkpoint, then the newest. fetch must write the content of a file and compare it with f.SHA256.
// maxTensors bounds the bytes of a checkpoint's tensors. An error or a crash leaves the directory usable.
func (d *Dir) Paste(step uint64, files []File, maxTensors int64, fetch func(f File, w io.Writer) error) error {
	p, err := sortParts(step, files, maxTensors)
	if err == nil {
		err = d.paste(step, p, fetch)
	}
	if err != nil {
		return fmt.Errorf("copy of step %d: %w", step, err)
	}
	return nil
}

func (d *Dir) paste(step uint64, p parts, fetch func(f File, w io.Writer) error) error {
	var metrics bytes.Buffer
	if err := fetch(p.metrics, &metrics); err != nil {
		return fmt.Errorf("%s: %w", MetricsFile, err)
	}
	lacks := ""
	replaceMetrics := func() (err error) {
		lacks, err = d.pasteMetrics(step, metrics.Bytes())
		return err
	}
	err := publish(d.checkpoint(step), func(dir string) error {
		state, err := d.fetchCheckpoint(dir, step, p, fetch)
		if err != nil {
			return err
		}
		best := state.Best.Step
		if best == 0 || best == step {
			return replaceMetrics()
		}
		return publish(d.checkpoint(best), func(dir string) error {
			if _, err := d.fetchCheckpoint(dir, best, p, fetch); err != nil {
				return err
			}
			return replaceMetrics()
		})
	})
	if err != nil {
		return err
	}
	return d.Journal.Note(Entry{Event: EventFetched, Step: step, Message: lacks})
}

// fetchCheckpoint fetches the files of a checkpoint into dir and checks them.
func (d *Dir) fetchCheckpoint(dir string, step uint64, p parts, fetch func(f File, w io.Writer) error) (*State, error) {
	for _, f := range p.checkpoints[step] {
		out, err := os.Create(filepath.Join(dir, path.Base(f.Name)))
		if err != nil {
			return nil, err
		}
		if err := errors.Join(fetch(f, out), out.Close()); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	state, _, err := d.check(dir, step)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", checkpointName(step), err)
	}
	return state, nil
}

// parts are the files of a copy, sorted by checkpoint.
type parts struct {
	metrics     File
	checkpoints map[uint64][]File
}

// sortParts returns an error unless the files are those of the checkpoint of a step, of at most one earlier
// checkpoint, and the metrics, each within the bound on its size.
func sortParts(step uint64, files []File, maxTensors int64) (parts, error) {
	p := parts{checkpoints: map[uint64][]File{}}
	seen := map[string]bool{}
	for _, f := range files {
		if seen[f.Name] {
			return p, fmt.Errorf("%.70q comes twice", f.Name)
		}
		seen[f.Name] = true
		limit := int64(MaxMetrics)
		if f.Name == MetricsFile {
			p.metrics = f
		} else {
			var s uint64
			n, _ := fmt.Sscanf(f.Name, CheckpointsDir+"/step-%d/", &s)
			if n != 1 || s > step || path.Dir(f.Name) != CheckpointsDir+"/"+checkpointName(s) {
				return p, fmt.Errorf("%.70q is not a file of a copy", f.Name)
			}
			switch path.Base(f.Name) {
			case manifestFile:
				limit = maxManifest
			case stateFile:
				limit = MaxState
			case tensorsFile:
				limit = maxTensors
			default:
				return p, fmt.Errorf("%.70q is not a file of a copy", f.Name)
			}
			p.checkpoints[s] = append(p.checkpoints[s], f)
		}
		if f.Size < 0 || f.Size > limit {
			return p, fmt.Errorf("%s has %d bytes, more than the limit of %d", f.Name, f.Size, limit)
		}
	}
	if p.metrics.Name == "" || p.checkpoints[step] == nil || len(p.checkpoints) > 2 {
		return p, fmt.Errorf("its %d files are not those of a checkpoint, its best checkpoint and the metrics", len(files))
	}
	return p, nil
}
