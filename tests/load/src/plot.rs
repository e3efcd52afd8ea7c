//! What was measured over time, as SVG.

use std::error::Error;
use std::ops::Range;

use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::prelude::*;

use crate::figures::Line;

const SIZE: (u32, u32) = (900, 1_080);
/// Told apart by those who do not see all colours, too (Okabe and Ito).
const COLOURS: [RGBColor; 3] = [RGBColor(0, 114, 178), RGBColor(213, 94, 0), RGBColor(0, 158, 115)];
/// Where the load begins to meet with failures.
const MARK: RGBColor = RGBColor(120, 120, 120);

/// One line of a chart.
pub struct Series {
    /// What it shows.
    pub name: String,
    /// Where it leads, by seconds.
    pub points: Line,
    /// Its place among the colours.
    pub colour: usize,
    /// Whether it is thin: of two of one colour.
    pub is_thin: bool,
}

/// One chart of the plot.
pub struct Chart {
    /// What its upright axis shows.
    pub beside: &'static str,
    /// Whether that axis goes by decades.
    pub is_logarithmic: bool,
    /// Its lines.
    pub series: Vec<Series>,
}

/// The plot of these charts, one below the other; what failed began to fail after `mark`
/// seconds.
///
/// # Errors
/// When it cannot be drawn, as where there is nothing to draw.
pub fn plot(charts: &[Chart], mark: f64) -> Result<String, Box<dyn Error + Send + Sync>> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE).map_err(|error| error.to_string())?;
        let end = charts.iter().flat_map(|chart| &chart.series).flat_map(|one| &one.points);
        let end = end.map(|(at, _)| *at).fold(1.0, f64::max);
        for (area, chart) in area.split_evenly((charts.len(), 1)).iter().zip(charts) {
            let heights = heights(chart);
            let drawn = if chart.is_logarithmic {
                draw(area, chart, 0.0..end, heights.log_scale(), mark)
            } else {
                draw(area, chart, 0.0..end, heights, mark)
            };
            drawn.map_err(|error| error.to_string())?;
        }
        area.present().map_err(|error| error.to_string())?;
    }
    Ok(svg)
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn draw<Y>(
    area: &Area<'_>,
    chart: &Chart,
    across: Range<f64>,
    upright: Y,
    mark: f64,
) -> Result<(), Box<dyn Error>>
where
    Y: AsRangedCoord<Value = f64>,
    Y::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
{
    let mut built = ChartBuilder::on(area)
        .margin(12)
        .x_label_area_size(38)
        .y_label_area_size(64)
        .build_cartesian_2d::<Range<f64>, Y>(across, upright)?;
    built.configure_mesh().x_desc("seconds").y_desc(chart.beside).light_line_style(WHITE).draw()?;
    let heights = heights(chart);
    built.draw_series(LineSeries::new([(mark, heights.start), (mark, heights.end)], MARK))?;
    for series in &chart.series {
        let colour = COLOURS.get(series.colour).copied().unwrap_or(BLACK);
        let style =
            if series.is_thin { colour.mix(0.6).stroke_width(1) } else { colour.stroke_width(2) };
        built
            .draw_series(LineSeries::new(series.points.clone(), style))?
            .label(&series.name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], style));
    }
    built
        .configure_series_labels()
        .position(if chart.is_logarithmic {
            SeriesLabelPosition::LowerLeft
        } else {
            SeriesLabelPosition::UpperLeft
        })
        .background_style(WHITE.mix(0.8))
        .draw()?;
    Ok(())
}

/// What holds all of a chart's points: whole decades, or from nought.
fn heights(chart: &Chart) -> Range<f64> {
    let values = || chart.series.iter().flat_map(|one| &one.points).map(|(_, height)| *height);
    let most = values().fold(0.0, f64::max);
    if !chart.is_logarithmic {
        // Room for the names of the lines.
        return 0.0..(most * 1.3).max(1.0);
    }
    let least = values().fold(f64::INFINITY, f64::min).clamp(0.1, 1e6);
    let (first, last) = (least.log10().floor(), most.max(1.0).log10().ceil());
    10_f64.powf(first)..10_f64.powf(last.max(first + 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_chart_is_drawn_with_its_lines_named() {
        let series = |name: &str, colour| Series {
            name: name.to_owned(),
            points: vec![(2.5, 3.0), (7.5, 40.0)],
            colour,
            is_thin: false,
        };
        let charts = [
            Chart { beside: "ms", is_logarithmic: true, series: vec![series("a hit", 0)] },
            Chart { beside: "MiB", is_logarithmic: false, series: vec![series("functions", 1)] },
        ];
        let svg = plot(&charts, 5.0).unwrap();
        for shown in ["a hit", "functions", "ms", "MiB", "seconds", "#0072B2", "#D55E00"] {
            assert!(svg.contains(shown), "{shown}: {svg}");
        }
    }
}
