package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"braid/cmd/internal/term"
	"braid/data"
	"braid/internal/plain"
	"braid/internal/regular"
	"braid/vectors"
	"braid/vectors/skipgram"
)

type vectorsCommand struct {
	Files     []string `arg:"" help:"${vectors_files}" placeholder:"FILE"`
	Out       string   `help:"${vectors_out}" default:"words.vec" placeholder:"FILE"`
	Form      string   `help:"${vectors_form}" enum:"text,binary" default:"text"`
	Tokenizer string   `help:"${vectors_tokenizer}" enum:"unicode,space" default:"unicode"`
	Lower     bool     `help:"${vectors_lower}"`
	Dim       int      `help:"${vectors_dim}" default:"100"`
	Epochs    int      `help:"${vectors_epochs}" default:"5"`
	Window    int      `help:"${vectors_window}" default:"5"`
	MinCount  int      `help:"${vectors_min_count}" default:"5"`
	Seed      uint64   `help:"${vectors_seed}" default:"1"`
}

// maxTextLine bounds a line of the text, in bytes.
const maxTextLine = 16 << 20

// Run trains vectors and writes them.
func (c vectorsCommand) Run(ctx context.Context, s streams) error {
	for _, flag := range []struct {
		name        string
		value, most int
	}{{"dim", c.Dim, vectors.MaxDim}, {"epochs", c.Epochs, 1000}, {"window", c.Window, 1000},
		{"min-count", c.MinCount, 1 << 30}} {
		if flag.value < 1 || flag.value > flag.most {
			return fmt.Errorf("--%s is %d: write a number from 1 to %d", flag.name, flag.value, flag.most)
		}
	}
	if info, err := os.Stat(c.Out); err == nil && info.IsDir() {
		return fmt.Errorf("--out %s is a directory: name a file in it", c.Out)
	}
	out, err := os.CreateTemp(filepath.Dir(c.Out), filepath.Base(c.Out)+".*")
	if err != nil {
		return fmt.Errorf("--out %s: cannot be written (%w): check the directory", c.Out, errors.Unwrap(err))
	}
	defer os.Remove(out.Name())
	defer out.Close()
	screen, text := term.NewScreen(s.out, nil), &skipgram.Corpus{}
	defer screen.Wipe()
	for _, path := range c.Files {
		screen.Status("reading " + path)
		if err := c.read(ctx, path, text); err != nil {
			return err
		}
	}
	config := skipgram.Default()
	config.Dim, config.Epochs, config.Window, config.MinCount, config.Seed = c.Dim, c.Epochs, c.Window, c.MinCount, c.Seed
	v, err := skipgram.Train(ctx, text, config, func(share float64) {
		screen.Status(fmt.Sprintf("%.0f %% of %s trained", 100*share, term.Counted(uint64(text.Words()), "word")))
	})
	if err != nil {
		return fmt.Errorf("%s: %w", strings.Join(c.Files, ", "), err)
	}
	form := vectors.Headed
	if c.Form == "binary" {
		form = vectors.Binary
	}
	if err := errors.Join(vectors.Write(out, form, v.Words, v.Rows, v.Dim), out.Chmod(0o644), out.Close()); err != nil {
		return err
	}
	if err := os.Rename(out.Name(), c.Out); err != nil {
		return err
	}
	screen.Wipe()
	_, err = plain.Fprintf(s.out, "wrote %s: vectors of %s from %s of text\n", c.Out,
		term.Counted(uint64(len(v.Words)), "word"), term.Counted(uint64(text.Words()), "word"))
	return err
}

// read adds the lines of a file to a text.
func (c vectorsCommand) read(ctx context.Context, path string, text *skipgram.Corpus) error {
	f, err := regular.Open(path)
	if err != nil {
		return fmt.Errorf("%s: cannot be read (%w): name a file of plain text", path, errors.Unwrap(err))
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, maxTextLine)
	for n := 1; lines.Scan(); n++ {
		line, err := data.CheckLine(lines.Text(), n == 1)
		if err != nil {
			return fmt.Errorf("%s:%d: %w", path, n, err)
		}
		if c.Lower {
			line = strings.ToLower(line)
		}
		if err := text.Add(data.Tokenize(c.Tokenizer, line)); err != nil {
			return fmt.Errorf("%s:%d: %w: name less text", path, n, err)
		}
		if n%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: %w: write a sentence or a paragraph a line", path, err)
	}
	return nil
}

// Help is shown below the flags of vectors --help.
func (vectorsCommand) Help() string {
	return `Trains word vectors from plain text by skip-gram with negative sampling over words and their character n-grams,
as fastText does, and writes them in the form of word2vec. A job uses them by encoder.word.vectors.file, with
encoder.word.dim the same as --dim. The same text and flags give the same file. Training runs on one core.

Words that occur in similar places get similar vectors, so that a model can treat a word that its own training
data lacks like the words that it has. This needs much more text than the job has: tens of millions of words
for good vectors. Include the texts of the job. If general English will do, published vectors of GloVe or
fastText, from billions of words, are better.

Examples:
  braid vectors news.txt mail.txt --out news.vec
  braid vectors tweets.txt --tokenizer space --min-count 2 --dim 50
  braid train mine.yaml --set encoder.word.vectors.file=news.vec --set encoder.word.dim=100`
}
