package main

import (
	"fmt"
	"html"
	"math"
	"os"
	"strings"

	"braid/measure"
	"braid/run"
)

// Sizes of the picture of cosines, in pixels.
const (
	cosinesCell  = 30
	cosinesNames = 190 // width of the names of the tasks
	cosinesTop   = 60
	cosinesGap   = 40
)

// drawCosinesOf draws the measurements of a run: the raw and the corrected cosines of the tasks' gradients over the
// dense parameters that tasks share.
func drawCosinesOf(dir, to string) error {
	lines, err := run.ReadMetrics(dir)
	if err != nil {
		return err
	}
	s, err := measure.Summarise(lines, 1, math.MaxUint64)
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	if s.Encoder == nil {
		return fmt.Errorf("%s: tasks share no dense parameters", dir)
	}
	return os.WriteFile(to, []byte(drawCosines(s.Tasks, s.Encoder, s.Measurements)), 0o644)
}

func drawCosines(tasks []string, a *measure.Agreement, measurements int) string {
	side := cosinesCell * len(tasks)
	width, height := cosinesNames+2*side+cosinesGap+10, cosinesTop+side+10
	var b strings.Builder
	fmt.Fprintf(&b, svgHead, width, height, width, height)
	fmt.Fprintf(&b, `<text x="10" y="20" font-size="14">Cosines of the tasks' gradients, %d measurements</text>`+"\n",
		measurements)
	for i, name := range tasks {
		y := cosinesTop + cosinesCell*i + cosinesCell/2 + 4
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", cosinesNames-8, y, html.EscapeString(name))
	}
	drawMatrix(&b, "single batches", cosinesNames, a.Raw)
	drawMatrix(&b, "corrected for noise", cosinesNames+side+cosinesGap, a.Cosine)
	b.WriteString("</svg>\n")
	return b.String()
}

// drawMatrix draws a matrix of cosines with its left edge at x. A cosine that is not known is grey.
func drawMatrix(b *strings.Builder, title string, x int, cosines [][]measure.Figure) {
	fmt.Fprintf(b, `<text x="%d" y="%d">%s</text>`+"\n", x, cosinesTop-10, title)
	for i, row := range cosines {
		for j, c := range row {
			left, top := x+cosinesCell*j, cosinesTop+cosinesCell*i
			fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s" stroke="#dddddd"/>`+"\n", left, top,
				cosinesCell, cosinesCell, cosineColour(float64(c)))
			if c.Known() {
				fmt.Fprintf(b, `<text x="%d" y="%d" font-size="9" text-anchor="middle">%.2f</text>`+"\n", left+cosinesCell/2,
					top+cosinesCell/2+3, float64(c))
			}
		}
	}
}

// cosineColour returns white for 0, blue for 1, orange for -1, and grey for an unknown cosine.
func cosineColour(c float64) string {
	end := [3]float64{0x5b, 0xa3, 0xd9}
	switch {
	case math.IsNaN(c):
		return "#bbbbbb"
	case c < 0:
		end = [3]float64{0xe8, 0x8b, 0x4d}
	}
	part := min(math.Abs(c), 1)
	var mixed [3]int
	for i := range mixed {
		mixed[i] = int(math.Round(255 + part*(end[i]-255)))
	}
	return fmt.Sprintf("#%02x%02x%02x", mixed[0], mixed[1], mixed[2])
}
