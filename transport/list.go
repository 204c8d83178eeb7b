package transport

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// Blob is a stored blob. Name includes the namespace, if any, and a slash before the hash.
type Blob struct {
	Name string
	Size int64 // bytes
}

// Blobs lists the blobs of the store, or of a namespace, sorted by name. A blob that is stored or deleted
// during the call may be listed or not; every other blob is listed.
//
// jetstream.ObjectStore.List is not used. It reads the entries through a consumer and ends at the entry
// that was the newest when it began: if that entry is deleted before it is read, List does not return.
func (s *Store) Blobs(ctx context.Context) ([]Blob, error) {
	names, err := s.names(ctx)
	if err != nil {
		return nil, err
	}
	blobs := make([]Blob, 0, len(names))
	for _, name := range names {
		info, err := s.bucket.GetInfo(ctx, s.prefix+name)
		if errors.Is(err, jetstream.ErrObjectNotFound) {
			continue
		} else if err != nil {
			return nil, fmt.Errorf("listing %s: %w", s.name, err)
		}
		blobs = append(blobs, Blob{name, int64(info.Size)})
	}
	return blobs, nil
}

// names lists what has an entry, sorted: blobs, and deletion markers that Delete did not get to remove.
func (s *Store) names(ctx context.Context) ([]string, error) {
	entries := s.entry("")
	subjects, err := s.subjects(ctx, entries+">")
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", s.name, err)
	}
	var names []string
	for subject := range subjects {
		full, err := base64.URLEncoding.DecodeString(strings.TrimPrefix(subject, entries))
		if err != nil {
			continue // written by another program
		}
		if name, ok := strings.CutPrefix(string(full), s.prefix); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// subjects returns the number of messages of each subject of the store's stream that matches filter.
func (s *Store) subjects(ctx context.Context, filter string) (map[string]uint64, error) {
	stream, err := s.js.Stream(ctx, "OBJ_"+s.name)
	if err != nil {
		return nil, err
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(filter))
	if err != nil {
		return nil, err
	}
	return info.State.Subjects, nil
}

// entry is the subject of the entry of a blob.
func (s *Store) entry(fullName string) string {
	return "$O." + s.name + ".M." + base64.URLEncoding.EncodeToString([]byte(fullName))
}

// Delete removes a blob and the deletion marker that NATS leaves. Without that a marker would remain for
// each checkpoint ever copied.
func (s *Store) Delete(ctx context.Context, hash string) error {
	if err := s.bucket.Delete(ctx, s.prefix+hash); err != nil {
		return fmt.Errorf("deleting %.12s from %s: %w", hash, s.name, err)
	}
	stream, err := s.js.Stream(ctx, "OBJ_"+s.name)
	if err != nil {
		return err
	}
	return stream.Purge(ctx, jetstream.WithPurgeSubject(s.entry(s.prefix+hash)))
}

// KeepOnly deletes the blobs of a namespace except those in keep. KeepOnly refuses the whole store, which
// holds the data of jobs.
func (s *Store) KeepOnly(ctx context.Context, keep map[string]bool) error {
	if s.prefix == "" {
		return errors.New("transport: only a namespace of the store can be swept")
	}
	names, err := s.names(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		if !keep[name] {
			if err := s.Delete(ctx, name); err != nil && !errors.Is(err, jetstream.ErrObjectNotFound) {
				return err
			}
		}
	}
	return nil
}
