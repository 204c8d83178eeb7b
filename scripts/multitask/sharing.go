package main

import (
	"encoding/json"
	"fmt"
	"html"
	"math"
	"os"
	"strings"

	"braid/study"
)

// Sizes of the picture of a study, in pixels.
const (
	sharingNames = 230 // width of the names of the tasks
	sharingPlot  = 460
	sharingRow   = 20
	sharingTop   = 46
)

// svgHead begins a picture of a width and a height, which are its arguments twice.
const svgHead = `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">
<rect width="%d" height="%d" fill="white"/>
`

// colours are by verdict: two that people who confuse red and green can tell apart, and grey.
var colours = map[study.Verdict]string{study.Gains: "#1b6ca8", study.Hurt: "#c44e00", study.NoDifference: "#777777"}

// sharing draws the contrasts of one arm of a study: a point for each task's difference and a line for its interval.
func sharing(from, arm, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var r study.Report
	if err := json.Unmarshal(text, &r); err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	var rows []study.Contrast
	for _, c := range r.Table.Contrasts {
		if c.Arm == arm {
			rows = append(rows, c)
		}
	}
	if len(rows) == 0 {
		return fmt.Errorf("%s has no arm %q", from, arm)
	}
	return os.WriteFile(to, []byte(drawSharing(&r, arm, rows)), 0o644)
}

func drawSharing(r *study.Report, arm string, rows []study.Contrast) string {
	reach := 0.0
	for _, c := range rows {
		reach = max(reach, math.Abs(c.Low), math.Abs(c.High))
	}
	reach = max(reach, 1e-9)
	x := func(v float64) float64 { return sharingNames + sharingPlot/2 + v/reach*sharingPlot*0.47 }
	var b strings.Builder
	height := sharingTop + sharingRow*len(rows) + 30
	width := sharingNames + sharingPlot + 90
	fmt.Fprintf(&b, svgHead, width, height, width, height)
	const title = `<text x="10" y="20" font-size="14">%s: %s minus %s on test, %d seeds, intervals of 95 %%</text>`
	fmt.Fprintf(&b, title+"\n",
		html.EscapeString(r.Job), html.EscapeString(arm), html.EscapeString(r.Baseline), r.Seeds)
	fmt.Fprintf(&b, `<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" stroke="#bbbbbb"/>`+"\n",
		x(0), x(0), sharingTop-10, height-26)
	for i, c := range rows {
		y, colour := sharingTop+sharingRow*i+sharingRow/2, colours[c.Verdict]
		name := html.EscapeString(c.Task + " (" + c.Metric + ")")
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", sharingNames-10, y+4, name)
		fmt.Fprintf(&b, `<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" stroke="%s" stroke-width="2"/>`+"\n",
			x(c.Low), x(c.High), y, y, colour)
		fmt.Fprintf(&b, `<circle cx="%.1f" cy="%d" r="4" fill="%s"/>`+"\n", x(c.Difference), y, colour)
		fmt.Fprintf(&b, `<text x="%d" y="%d" fill="%s">%+.4f</text>`+"\n", sharingNames+sharingPlot+10, y+4, colour,
			c.Difference)
	}
	place := 10
	for _, v := range []study.Verdict{study.Gains, study.Hurt, study.NoDifference} {
		fmt.Fprintf(&b, `<circle cx="%d" cy="%d" r="4" fill="%s"/><text x="%d" y="%d">%s</text>
`, place+4, height-14, colours[v], place+14, height-10, v)
		place += 90
	}
	b.WriteString("</svg>\n")
	return b.String()
}
