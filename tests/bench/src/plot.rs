//! A plot with two logarithmic axes, as SVG.

use std::ops::Range;

use plotters::prelude::*;

const SIZE: (u32, u32) = (760, 420);
/// Told apart by those who do not see all colours, too (Okabe and Ito).
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
];

/// One line of a plot.
pub struct Line {
    /// What the line shows.
    pub name: String,
    /// Where it leads, from left to right.
    pub points: Vec<(f64, f64)>,
}

/// Where the names of the lines stand.
#[derive(Debug, Clone, Copy)]
pub enum Names {
    /// At the top, over what is small on the left.
    Top,
    /// In the middle, between what is small and what is large.
    Middle,
}

/// The plot of these lines; `below` and `beside` name what its axes show.
///
/// # Errors
/// When it cannot be drawn, as where there is nothing to draw.
pub fn plot(
    below: &str,
    beside: &str,
    lines: &[Line],
    names: Names,
) -> Result<String, Box<dyn std::error::Error>> {
    let all = || lines.iter().flat_map(|line| &line.points);
    let (x, y) = (decades(all().map(|(x, _)| *x)), decades(all().map(|(_, y)| *y)));
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&area)
            .margin(12)
            .x_label_area_size(42)
            .y_label_area_size(56)
            .build_cartesian_2d(x.log_scale(), y.log_scale())?;
        chart.configure_mesh().x_desc(below).y_desc(beside).light_line_style(WHITE).draw()?;
        for (line, colour) in lines.iter().zip(COLOURS.iter().cycle()) {
            chart
                .draw_series(
                    LineSeries::new(line.points.clone(), colour.stroke_width(2)).point_size(3),
                )?
                .label(&line.name)
                .legend(move |(x, y)| {
                    PathElement::new([(x, y), (x + 20, y)], colour.stroke_width(2))
                });
        }
        chart
            .configure_series_labels()
            .position(match names {
                Names::Top => SeriesLabelPosition::UpperLeft,
                Names::Middle => SeriesLabelPosition::MiddleLeft,
            })
            .background_style(WHITE.mix(0.8))
            .draw()?;
        area.present()?;
    }
    Ok(svg)
}

/// Whole decades that hold all of `values`.
fn decades(values: impl Iterator<Item = f64> + Clone) -> Range<f64> {
    let least = values.clone().fold(f64::INFINITY, f64::min);
    let most = values.fold(f64::NEG_INFINITY, f64::max);
    let (first, last) = (least.log10().floor(), most.log10().ceil());
    10_f64.powf(first)..10_f64.powf(last.max(first + 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_drawn_in_a_colour_of_its_own_and_named() {
        let line = |name: &str, y: f64| Line {
            name: name.to_owned(),
            points: vec![(100.0, y), (10_000.0, y * 3.0)],
        };
        let lines = [line("a hit", 0.4), line("a miss", 3.0)];
        let svg = plot("invoices", "ms", &lines, Names::Top).unwrap();
        for shown in ["a hit", "a miss", "invoices", "ms", "#0072B2", "#D55E00"] {
            assert!(svg.contains(shown), "{shown}: {svg}");
        }
    }
}
