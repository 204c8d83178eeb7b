package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// place is a copy of get.sh in a repository of its own, with its own checksums and sources.
type place struct {
	t    *testing.T
	root string // root of the script's repository
	web  string // directory from which the fake curl copies the file HOST/PATH of a URL
	env  []string
}

// newPlace returns a place with the checksums of the given files, keyed by SET/NAME.
func newPlace(t *testing.T, files map[string]string) *place {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("bash is not installed")
	}
	p := &place{t: t, root: filepath.Join(t.TempDir(), "repository"), web: t.TempDir()}
	script, err := os.ReadFile("get.sh")
	if err != nil {
		t.Fatal(err)
	}
	var sums strings.Builder
	for name, text := range files {
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256([]byte(text)), name)
	}
	p.write(filepath.Join(p.root, "scripts/data/get.sh"), string(script))
	p.write(filepath.Join(p.root, "scripts/data/SHA256SUMS"), sums.String())
	bin := t.TempDir()
	p.write(filepath.Join(bin, "curl"), `#!/usr/bin/env bash
for last; do [ "${out:-}" != next ] || out=$last; [ "$last" != --output ] || out=next; done
exec cp "$WEB/${last#*://}" "$out"
`)
	p.env = append(os.Environ(), "WEB="+p.web, "PATH="+bin+":"+os.Getenv("PATH"), "BRAID_DATASETS=")
	return p
}

func (p *place) write(path, text string) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		p.t.Fatal(err)
	}
}

// get runs the script and returns its output.
func (p *place) get(args ...string) (output string, err error) {
	cmd := exec.Command("bash", append([]string{filepath.Join(p.root, "scripts/data/get.sh")}, args...)...)
	cmd.Env, cmd.Dir = p.env, p.t.TempDir()
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// names returns the names of all files below examples/data.
func (p *place) names() (all []string) {
	base := filepath.Join(p.root, "examples/data")
	_ = filepath.WalkDir(base, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			name, _ := filepath.Rel(base, path)
			all = append(all, name)
		}
		return nil
	})
	return all
}

var wnut = map[string]string{
	"wnut17/train.conll": "a\tO\n",
	"wnut17/dev.conll":   "b\tO\n",
	"wnut17/test.conll":  "c\tO\n",
}

// serveWNUT writes the originals of wnut to the URLs from which the script downloads them.
func (p *place) serveWNUT() {
	at := filepath.Join(p.web, "raw.githubusercontent.com/leondz/emerging_entities_17/master")
	for original, name := range map[string]string{
		"wnut17train.conll":       "train",
		"emerging.dev.conll":      "dev",
		"emerging.test.annotated": "test",
	} {
		p.write(filepath.Join(at, original), wnut["wnut17/"+name+".conll"])
	}
}

func TestGetDownloadsOnceAndMends(t *testing.T) {
	p := newPlace(t, wnut)
	p.serveWNUT()
	output, err := p.get("wnut17")
	if err != nil || len(p.names()) != 3 || !strings.Contains(output, "wnut17: in examples/data/wnut17") {
		t.Fatalf("%v: %s%v", err, output, p.names())
	}
	output, err = p.get("wnut17")
	if err != nil || !strings.Contains(output, "already in") || strings.Contains(output, "http") {
		t.Errorf("the second time: %v: %s", err, output)
	}
	p.write(filepath.Join(p.root, "examples/data/wnut17/dev.conll"), "altered\n")
	output, err = p.get("wnut17")
	if err != nil || !strings.Contains(output, "wnut17/dev.conll has the SHA-256") ||
		!strings.Contains(output, "fetching it again") {
		t.Errorf("altered: %v: %s", err, output)
	}
	if b, _ := os.ReadFile(filepath.Join(p.root, "examples/data/wnut17/dev.conll")); string(b) != "b\tO\n" {
		t.Errorf("altered file is now %q", b)
	}
}

// If a set cannot be fetched completely, nothing is installed and existing files stay unchanged.
func TestGetInstallsAllOrNothing(t *testing.T) {
	p := newPlace(t, wnut)
	p.serveWNUT()
	source := filepath.Join(p.web,
		"raw.githubusercontent.com/leondz/emerging_entities_17/master/emerging.test.annotated")
	if err := os.Remove(source); err != nil {
		t.Fatal(err)
	}
	output, err := p.get("wnut17")
	if err == nil || !strings.Contains(output, "could not be fetched: check the connection") || len(p.names()) > 0 {
		t.Errorf("missing source: %v: %s%v", err, output, p.names())
	}
	p.write(source, "<html>moved</html>\n")
	output, err = p.get("wnut17")
	if err == nil || !strings.Contains(output, "wnut17/test.conll has the SHA-256") || len(p.names()) > 0 {
		t.Errorf("other content: %v: %s%v", err, output, p.names())
	}
	p.write(filepath.Join(p.root, "examples/data/wnut17/mine.conll"), "x\n")
	if output, err = p.get("wnut17"); err == nil || len(p.names()) != 1 {
		t.Errorf("existing files: %v: %s%v", err, output, p.names())
	}
}

func TestGetCopiesLocalSets(t *testing.T) {
	p := newPlace(t, wnut)
	for name, text := range wnut {
		p.write(filepath.Join(p.root, "../shared/data", name), text)
	}
	if output, err := p.get("wnut17"); err != nil || len(p.names()) != 3 || strings.Contains(output, "http") {
		t.Errorf("%v: %s%v", err, output, p.names())
	}
	elsewhere := filepath.Join(t.TempDir(), "into")
	p.env = append(p.env, "BRAID_DATASETS="+filepath.Join(p.root, "../shared/data"))
	if output, err := p.get("--into", elsewhere, "wnut17"); err != nil {
		t.Errorf("%v: %s", err, output)
	}
	if _, err := os.Stat(filepath.Join(elsewhere, "wnut17/dev.conll")); err != nil {
		t.Error(err)
	}
	if output, err := p.get("trec"); err == nil || !strings.Contains(output, "which has no directory trec") {
		t.Errorf("%v: %s", err, output)
	}
}

func TestGetUsage(t *testing.T) {
	p := newPlace(t, nil)
	for args, want := range map[string]string{
		"":        "usage:",
		"nothing": "there is no data set nothing: choose from snips trec wnut17 reviews, all",
		"--into":  "needs a directory",
	} {
		if output, err := p.get(strings.Fields(args)...); err == nil || !strings.Contains(output, want) {
			t.Errorf("%q: %v: %s", args, err, output)
		}
	}
	if output, err := p.get("--help"); err != nil || !strings.Contains(output, "BRAID_DATASETS") {
		t.Errorf("%v: %s", err, output)
	}
}

// published returns the files of a data set, from examples/data or from ../shared/data, relative to the repository.
func published(t *testing.T, name string) map[string]string {
	for _, dir := range []string{"../../examples/data", "../../../shared/data"} {
		paths, _ := filepath.Glob(filepath.Join(dir, name, "*.tsv"))
		files := map[string]string{}
		for _, path := range paths {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files[filepath.Base(path)] = string(b)
		}
		if len(files) > 0 {
			return files
		}
	}
	t.Skipf("the data set is not installed: run scripts/data/get.sh %s", name)
	return nil
}

// merge is the inverse of split: it returns the rows of both tables in order, without headers.
func merge(train, dev string, n int) (rows []string) {
	kept, held := linesOf(train)[1:], linesOf(dev)[1:]
	for len(kept)+len(held) > 0 {
		from := &kept
		if len(rows)%n == n-1 {
			from = &held
		}
		rows, *from = append(rows, (*from)[0]), (*from)[1:]
	}
	return rows
}

// toLatin1 is the inverse of fromLatin1. It reports whether text can be encoded in ISO 8859-1.
func toLatin1(text string) (string, bool) {
	var b []byte
	for _, r := range text {
		if r > 0xff {
			return "", false
		}
		b = append(b, byte(r))
	}
	return string(b), true
}

// The test reconstructs the originals of TREC from the converted files. Their SHA-256 must be those
// of the files of cogcomp.seas.upenn.edu, as recorded by the Hugging Face hub (datasets/trec 2.0.0).
// So the conversion is the inverse of a reconstruction that is known to be right.
func TestTREC(t *testing.T) {
	want := published(t, "trec")
	originals := map[string]string{}
	for name, c := range map[string]struct {
		rows []string
		hash string
	}{
		"train_5500.label": {
			merge(want["train.tsv"], want["dev.tsv"], trecDev),
			"9e4c8bdcaffb96ed61041bd64b564183d52793a8e91d84fc3a8646885f466ec3",
		},
		"TREC_10.label": {
			linesOf(want["test.tsv"])[1:],
			"033f22c028c2bbba9ca682f68ffe204dc1aa6e1cf35dd6207f2d4ca67f0d0e8e",
		},
	} {
		var b strings.Builder
		for _, row := range c.rows {
			_, line, _ := strings.Cut(row, "\t")
			b.WriteString(strings.Replace(line, "\t", " ", 1) + "\n")
		}
		text, ok := toLatin1(b.String())
		if got := fmt.Sprintf("%x", sha256.Sum256([]byte(text))); !ok || got != c.hash {
			t.Errorf("%s: SHA-256 %s, want %s", name, got, c.hash)
		}
		originals[name] = text
	}
	compare(t, trec, originals, want)
}

// The test reconstructs the originals of the reviews from the converted files. A line is encoded in
// ISO 8859-1 if possible, unless the result is also valid UTF-8, else in UTF-8.
func TestReviews(t *testing.T) {
	want := published(t, "reviews")
	originals := map[string]string{}
	for _, domain := range domains {
		name := strings.ToLower(domain)
		for part, rows := range map[string][]string{
			"train": merge(want[name+".train.tsv"], want[name+".dev.tsv"], reviewsDev),
			"test":  linesOf(want[name+".test.tsv"])[1:],
		} {
			var b strings.Builder
			for _, row := range rows {
				if latin1, ok := toLatin1(row); ok && !utf8.ValidString(latin1) {
					row = latin1
				}
				b.WriteString(row + "\n")
			}
			originals[domain+".task."+part] = b.String()
		}
	}
	compare(t, reviews, originals, want)
}

func compare(t *testing.T, convert func(func(string) (string, error)) (map[string]string, error),
	originals, want map[string]string) {
	t.Helper()
	got, err := convert(func(name string) (string, error) {
		text, ok := originals[name]
		if !ok {
			return "", fmt.Errorf("no %s", name)
		}
		return text, nil
	})
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d files, want %d, %v", len(got), len(want), err)
	}
	for name, text := range want {
		if got[name] != text {
			t.Errorf("%s differs from the published file", name)
		}
	}
}

// A set that needs conversion is fetched as an archive, converted and verified.
func TestGetConverts(t *testing.T) {
	if _, err := exec.LookPath("tar"); err != nil {
		t.Skip("tar is not installed")
	}
	originals, want := map[string]string{}, map[string]string{}
	for _, domain := range domains {
		originals["mtl-dataset/"+domain+".task.train"] = strings.Repeat("1\tgood caf\xe9 \n", 7) + "0\tbad naïve\n"
		originals["mtl-dataset/"+domain+".task.test"] = "1\tfine\n"
		name := "reviews/" + strings.ToLower(domain)
		want[name+".train.tsv"] = "label\ttext\n" + strings.Repeat("1\tgood café\n", 7)
		want[name+".dev.tsv"] = "label\ttext\n0\tbad naïve\n"
		want[name+".test.tsv"] = "label\ttext\n1\tfine\n"
	}
	p := newPlace(t, want)
	source := "raw.githubusercontent.com/FrankWork/fudan_mtl_reviews/master/data/fudan-mtl-dataset.tar.gz"
	p.write(filepath.Join(p.web, source), archive(t, originals))
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	p.write(filepath.Join(p.root, "go.mod"), "module x\n\ngo 1.26\n")
	for _, name := range []string{"main.go", "trec.go", "reviews.go"} {
		b, err := os.ReadFile(filepath.Join(here, name))
		if err != nil {
			t.Fatal(err)
		}
		p.write(filepath.Join(p.root, "scripts/data", name), string(b))
	}
	if output, err := p.get("reviews"); err != nil || len(p.names()) != 48 {
		t.Errorf("%v: %s%v", err, output, p.names())
	}
}

func archive(t *testing.T, files map[string]string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for name, text := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
