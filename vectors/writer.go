package vectors

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"
)

// Write writes words with their rows (words, D) in the form Headless, Headed or Binary. The words
// must not have blanks or line ends.
func Write(w io.Writer, form Form, words []string, rows []float32, dim int) error {
	if len(rows) != len(words)*dim {
		panic(fmt.Sprintf("vectors: %d numbers for (%d, %d)", len(rows), len(words), dim))
	}
	out := bufio.NewWriter(w)
	if form != Headless {
		_, _ = fmt.Fprintf(out, "%d %d\n", len(words), dim)
	}
	var line []byte
	for i, word := range words {
		line = append(line[:0], word...)
		if form == Binary {
			line = append(line, ' ')
		}
		for _, x := range rows[i*dim : (i+1)*dim] {
			if form == Binary {
				line = binary.LittleEndian.AppendUint32(line, math.Float32bits(x))
				continue
			}
			line = strconv.AppendFloat(append(line, ' '), float64(x), 'g', -1, 32)
		}
		_, _ = out.Write(append(line, '\n')) // out keeps the first error for Flush
	}
	return out.Flush()
}
