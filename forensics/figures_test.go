package forensics

import (
	"os"
	"path/filepath"
	"testing"
)

// Reading and comparing a file of figures returns for any content.
func FuzzFigures(f *testing.F) {
	f.Add([]byte(`{"step":1,"job_hash":"x","shards":[{"shard":0,"loss":{"a":1},"norm":{"a":2},"checksum":"0",
		"tensors":[{"name":"w","checksum":"1"}]}]}`))
	f.Add([]byte(`{"step":1,"job_hash":"x","shards":[{}]}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "figures.json")
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		r, err := ReadFigures(path)
		if err != nil {
			return
		}
		if where := ShardDifference(r.Shards, r.Shards); where != "" {
			t.Errorf("differs from itself: %s", where)
		}
		_ = ShardDifference(r.Shards, nil)
	})
}
