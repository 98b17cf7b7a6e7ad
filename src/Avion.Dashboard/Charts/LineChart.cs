using System.Net;

namespace Avion.Dashboard;

/// <summary>A line chart as inline SVG; colours come from the page's style sheet (classes line0, line1, …).</summary>
/// <param name="Title">What the chart shows.</param>
/// <param name="XLabel">Name and unit of the horizontal axis.</param>
/// <param name="YLabel">Name and unit of the vertical axis.</param>
/// <param name="Lines">The lines, drawn in this order.</param>
/// <param name="StartsAtZero">Whether the vertical axis includes zero.</param>
public sealed record LineChart(string Title, string XLabel, string YLabel, IReadOnlyList<Series> Lines, bool StartsAtZero = false)
{
    private const int Width = 560, Height = 280, Left = 72, Right = 14, Top = 34, Bottom = 44;

    /// <summary>The chart as one svg element.</summary>
    public string ToSvg()
    {
        Axis x = new(Lines.SelectMany(line => line.Points).Select(point => point.X), Left, Width - Right, startsAtZero: false);
        Axis y = new(Lines.SelectMany(line => line.Points).Select(point => point.Y), Height - Bottom, Top, StartsAtZero);
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture,
            $"<svg class=\"chart\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Escape(Title)}\">");
        svg.Append(CultureInfo.InvariantCulture, $"<text class=\"title\" x=\"{Left}\" y=\"18\">{Escape(Title)}</text>");
        foreach ((double value, string label) in y.Ticks())
        {
            string at = Pixel(y.ToPixel(value));
            svg.Append(CultureInfo.InvariantCulture,
                $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{at}\" y2=\"{at}\"/>");
            svg.Append(CultureInfo.InvariantCulture,
                $"<text class=\"tick\" text-anchor=\"end\" dominant-baseline=\"middle\" x=\"{Left - 6}\" y=\"{at}\">{label}</text>");
        }
        foreach ((double value, string label) in x.Ticks())
        {
            svg.Append(CultureInfo.InvariantCulture,
                $"<text class=\"tick\" text-anchor=\"middle\" x=\"{Pixel(x.ToPixel(value))}\" y=\"{Height - Bottom + 16}\">{label}</text>");
        }
        svg.Append(CultureInfo.InvariantCulture,
            $"<text class=\"axis\" text-anchor=\"middle\" x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 8}\">{Escape(XLabel)}</text>");
        svg.Append(CultureInfo.InvariantCulture, $"<text class=\"axis\" text-anchor=\"middle\" transform=\"translate(12 {(Top + Height - Bottom) / 2}) rotate(-90)\">{Escape(YLabel)}</text>");
        for (int line = 0; line < Lines.Count; line++)
        {
            AppendLine(svg, Lines[line], line, x, y);
        }
        return svg.Append("</svg>").ToString();
    }

    private void AppendLine(StringBuilder svg, Series series, int index, Axis x, Axis y)
    {
        StringBuilder path = new();
        bool isDown = false;
        foreach ((double px, double py) in series.Points)
        {
            if (!double.IsFinite(px) || !double.IsFinite(py))
            {
                isDown = false;
                continue;
            }
            path.Append(isDown ? 'L' : 'M').Append(Pixel(x.ToPixel(px))).Append(' ').Append(Pixel(y.ToPixel(py)));
            isDown = true;
        }
        svg.Append(CultureInfo.InvariantCulture, $"<path class=\"line line{index}\" d=\"{path}\"/>");
        if (Lines.Count > 1)
        {
            const int rowHeight = 16;
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"legend line{index}\" text-anchor=\"end\" x=\"{Width - Right - 4}\" y=\"{Top + 12 + index * rowHeight}\">{Escape(series.Name)}</text>");
        }
    }

    private static string Pixel(double value) => Math.Round(value, 1).ToString(CultureInfo.InvariantCulture);

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
