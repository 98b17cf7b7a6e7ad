namespace Avion.Browser.Tests;

/// <summary>A chart of a page, read back twice: the numbers that its library holds, and the colour of its pixels.</summary>
internal sealed class DrawnChart(WatchedPage page, string title)
{
    private const string Find = """
        const element = [...document.querySelectorAll("figure")].find((figure) => figure.querySelector("figcaption").textContent === title).querySelector(".chart");
        const chart = echarts.getInstanceByDom(element);
        """;

    /// <summary>The chart's element, once it is there.</summary>
    public ILocator Element => page["figure"].Filter(new() { HasText = title }).Locator(".chart").First;

    /// <summary>Points of a line; y is null in a gap.</summary>
    public async Task<double?[][]> PointsAsync(int line = 0)
    {
        await Element.Locator("canvas").WaitForAsync();
        string json = await page.Page.EvaluateAsync<string>(
            $"([title, line]) => {{ {Find} return JSON.stringify(chart.getOption().series[line].data); }}", new object[] { title, line });
        return JsonSerializer.Deserialize<double?[][]>(json)!;
    }

    /// <summary>Names of the lines.</summary>
    public Task<string[]> LinesAsync() => page.Page.EvaluateAsync<string[]>(
        $"([title]) => {{ {Find} return chart.getOption().series.map((series) => series.name); }}", new object[] { title });

    /// <summary>How far the pixels about a place of the chart are from the line's colour, the nearest of them: 0 where the line is, up to 441.</summary>
    /// <param name="x">In the chart's own units.</param>
    /// <param name="y">In the chart's own units.</param>
    /// <param name="below">Pixels below it.</param>
    public Task<double> DistanceFromLineColourAsync(double x, double y, int below = 0) => page.Page.EvaluateAsync<double>(
        $$"""
        ([title, x, y, below]) => { {{Find}}
          const [left, top] = chart.convertToPixel({ seriesIndex: 0 }, [x, y]);
          const canvas = element.querySelector("canvas"), scale = canvas.width / canvas.clientWidth;
          const pixels = canvas.getContext("2d").getImageData(Math.round(left * scale) - 1, Math.round((top + below) * scale) - 1, 3, 3).data;
          const hex = getComputedStyle(document.documentElement).getPropertyValue("--c0").trim();
          const colour = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
          let nearest = Infinity;
          for (let at = 0; at < pixels.length; at += 4) {
            const share = pixels[at + 3] / 255;
            nearest = Math.min(nearest, Math.hypot(...colour.map((value, i) => share * pixels[at + i] + (1 - share) * 127 - value)));
          }
          return nearest;
        }
        """, new object[] { title, x, y, below });
}
