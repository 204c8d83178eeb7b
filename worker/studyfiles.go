package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"braid/protocol"
	"braid/run"
	"braid/train"
)

// paste puts a copy of a checkpoint into the run directory.
func (r *studyRun) paste(ctx context.Context, setup *train.Setup, c protocol.Copy) error {
	text, err := r.store.Small(ctx, c.Manifest, protocol.MaxManifest)
	if err != nil {
		return err
	}
	m, err := protocol.ParseManifest(text)
	if err != nil {
		return err
	}
	var files []run.File
	for _, i := range m {
		files = append(files, run.File{Name: i.Name, Size: i.Size, SHA256: i.Hash})
	}
	dir, err := run.Open(r.dir, setup.Job, true)
	if err != nil {
		return err
	}
	err = dir.Paste(c.Step, files, setup.MaxCheckpointBytes(), func(f run.File, to io.Writer) error {
		return r.store.GetTo(ctx, f.SHA256, f.Size, to)
	})
	return errors.Join(err, dir.Close())
}

// copy stores the files of a checkpoint.
func (r *studyRun) copy(ctx context.Context, step uint64) (c protocol.Copy, err error) {
	files, err := run.OpenCopy(r.dir, step)
	if err != nil {
		return c, err
	}
	defer files.Close()
	var m protocol.Manifest
	for _, f := range files.Files {
		if err := r.store.PutFrom(ctx, f.SHA256, f.Size, f.Reader()); err != nil {
			return c, fmt.Errorf("%s: %w", f.Name, err)
		}
		m = append(m, protocol.Item{Name: f.Name, Hash: f.SHA256, Size: f.Size})
	}
	hash, err := r.store.Put(ctx, m.Text())
	return protocol.Copy{Step: step, Manifest: hash}, err
}

// sent lists the files of a finished run that the coordinator gets.
var sent = []string{run.JobFile, run.MetricsFile, run.JournalFile, run.SummaryFile, run.OutcomesFile,
	run.ModelDir + "/job.yaml", run.ModelDir + "/labels.json", run.ModelDir + "/vocab.json",
	run.ModelDir + "/weights.safetensors", run.ModelDir + "/SHA256SUMS"}

// send stores the files of the finished run and returns the hash of their manifest.
func (r *studyRun) send(ctx context.Context) (string, error) {
	var m protocol.Manifest
	for _, name := range sent {
		text, err := os.ReadFile(filepath.Join(r.dir, filepath.FromSlash(name)))
		if err != nil {
			return "", err
		}
		hash, err := r.store.Put(ctx, text)
		if err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		m = append(m, protocol.Item{Name: name, Hash: hash, Size: int64(len(text))})
	}
	return r.store.Put(ctx, m.Text())
}
