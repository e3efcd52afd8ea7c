//! A plot with two logarithmic axes, as SVG.

use std::fmt::Write;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 220.0;
const BELOW: f64 = 50.0;
const ABOVE: f64 = 20.0;
/// Told apart by those who do not see all colours, too (Okabe and Ito).
const COLOURS: [&str; 6] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

/// One line of it.
pub struct Line {
    /// What it is.
    pub name: String,
    /// Where it leads, from left to right.
    pub points: Vec<(f64, f64)>,
}

struct Axis {
    first: i32,
    last: i32,
    from: f64,
    to: f64,
}

impl Axis {
    /// Of whole decades.
    fn of(values: impl Iterator<Item = f64> + Clone, from: f64, to: f64) -> Self {
        let least = values.clone().fold(f64::INFINITY, f64::min);
        let most = values.fold(f64::NEG_INFINITY, f64::max);
        let (first, last) = (decade(least.log10().floor()), decade(most.log10().ceil()));
        Self { first, last: last.max(first + 1), from, to }
    }

    fn at(&self, value: f64) -> f64 {
        let (first, last) = (f64::from(self.first), f64::from(self.last));
        self.from + (value.log10() - first) / (last - first) * (self.to - self.from)
    }

    fn decades(&self) -> impl Iterator<Item = f64> {
        (self.first..=self.last).map(|decade| 10_f64.powi(decade))
    }
}

#[expect(clippy::cast_possible_truncation, clippy::as_conversions, reason = "of few digits")]
fn decade(value: f64) -> i32 {
    value as i32
}

/// The plot of these lines.
pub fn plot(below: &str, beside: &str, lines: &[Line]) -> String {
    let all = lines.iter().flat_map(|line| &line.points);
    let x = Axis::of(all.clone().map(|(x, _)| *x), LEFT, WIDTH - RIGHT);
    let y = Axis::of(all.map(|(_, y)| *y), HEIGHT - BELOW, ABOVE);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n"
    );
    grid(&mut svg, &x, &y);
    let (middle, low) = (f64::midpoint(LEFT, WIDTH - RIGHT), HEIGHT - 12.0);
    text(&mut svg, middle, low, "middle", below);
    text(&mut svg, 8.0, 14.0, "start", beside);
    let mut place = ABOVE;
    for (line, colour) in lines.iter().zip(COLOURS.iter().cycle()) {
        place += 20.0;
        drawn(&mut svg, line, colour, &x, &y);
        let key = WIDTH - RIGHT + 16.0;
        path(&mut svg, &format!("{key},{place} {},{place}", key + 20.0), colour, 2);
        text(&mut svg, key + 26.0, place + 4.0, "start", &line.name);
    }
    svg.push_str("</svg>\n");
    svg
}

fn grid(svg: &mut String, x: &Axis, y: &Axis) {
    for value in x.decades() {
        let at = x.at(value);
        path(svg, &format!("{at},{} {at},{}", y.from, y.to), "#ddd", 1);
        text(svg, at, y.from + 18.0, "middle", &value.to_string());
    }
    for value in y.decades() {
        let at = y.at(value);
        path(svg, &format!("{},{at} {},{at}", x.from, x.to), "#ddd", 1);
        text(svg, x.from - 6.0, at + 4.0, "end", &value.to_string());
    }
}

fn drawn(svg: &mut String, line: &Line, colour: &str, x: &Axis, y: &Axis) {
    let places = line.points.iter().map(|(right, up)| (x.at(*right), y.at(*up)));
    let points: Vec<String> =
        places.clone().map(|(right, up)| format!("{right:.1},{up:.1}")).collect();
    path(svg, &points.join(" "), colour, 2);
    for (right, up) in places {
        // Writing to a String cannot fail.
        let _ =
            writeln!(svg, "<circle cx=\"{right:.1}\" cy=\"{up:.1}\" r=\"3\" fill=\"{colour}\"/>");
    }
}

fn path(svg: &mut String, points: &str, colour: &str, width: u8) {
    let _ = writeln!(
        svg,
        "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"/>"
    );
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, text: &str) {
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>");
}
