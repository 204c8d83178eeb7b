package transport

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"braid/internal/await"
	"braid/protocol"
)

// While the newest blob is deleted, Blobs returns and lists every other blob, in an otherwise empty
// store and in one with other blobs.
func TestListWhileTheNewestIsDeleted(t *testing.T) {
	for _, others := range []int{0, 10} {
		t.Run(fmt.Sprint(others), func(t *testing.T) {
			s := listen(t, TestOptions{})
			store, writer := makeStore(t, connect(t, s)), makeStore(t, connect(t, s))
			var want []string
			for i := range others {
				hash, err := store.Put(t.Context(), []byte{byte(i)})
				if err != nil {
					t.Fatal(err)
				}
				want = append(want, hash)
			}
			slices.Sort(want)
			for range 300 {
				listWhileDeleting(t, store, writer, want)
			}
		})
	}
}

// listWhileDeleting stores one more blob, then deletes it and lists all blobs at the same time.
func listWhileDeleting(t *testing.T, store, writer *Store, want []string) {
	t.Helper()
	newest, err := writer.Put(t.Context(), []byte("newest"))
	if err != nil {
		t.Fatal(err)
	}
	deleted := make(chan error, 1)
	go func() { deleted <- writer.Delete(t.Context(), newest) }()
	ctx, cancel := context.WithTimeout(t.Context(), await.Limit)
	defer cancel()
	blobs, err := store.Blobs(ctx)
	if err := errors.Join(err, <-deleted); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, b := range blobs {
		if b.Name != newest {
			got = append(got, b.Name)
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("listed %q, want %q", got, want)
	}
}

func makeStore(t *testing.T, c *Conn) *Store {
	t.Helper()
	s, err := c.MakeStore(t.Context(), protocol.DefaultFleet, Keeping{Memory: true})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
