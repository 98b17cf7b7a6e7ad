using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Avion.App.Tests;

public sealed class HtmlReportTests
{
    private static readonly RetrievalResults s_results = new(
        "A <run> & its report",
        [new Figure("mean average precision", "0.81", "0.02")],
        [new RetrievalExample("a red \"circle\"",
            [new RetrievedClip("a red <circle>", "video-1 1.0–2.0 s", 0.9, true, PngWriter.Encode(new byte[12], 2, 2))])]);

    [Fact]
    public void Html_refers_to_nothing_outside_itself()
    {
        string html = HtmlReport.Render(s_results, [Chart([(0, 4.1), (1, 2.0)])]);
        Assert.DoesNotContain("http", html);
        Assert.DoesNotContain("<script", html);
        Assert.DoesNotContain("<link", html);
        Assert.DoesNotContain("url(", html);
        string[] sources = [.. Regex.Matches(html, "(?:src|href)=\"([^\"]*)\"").Select(match => match.Groups[1].Value)];
        Assert.Single(sources);
        Assert.All(sources, source => Assert.StartsWith("data:image/png;base64,", source));
    }

    [Fact]
    public void Text_is_escaped()
    {
        string html = HtmlReport.Render(s_results, []);
        Assert.Contains("A &lt;run&gt; &amp; its report", html);
        Assert.DoesNotContain("<circle>", html);
    }

    [Fact]
    public void A_chart_is_well_formed_and_breaks_its_line_where_a_value_is_not_finite()
    {
        XElement svg = XElement.Parse(Chart([(0, 1), (1, 2), (2, double.NaN), (3, 1), (4, 3)]).ToSvg());
        string path = svg.Elements("path").Single().Attribute("d")!.Value;
        Assert.Equal(2, path.Count(letter => letter == 'M'));
        Assert.Equal(2, path.Count(letter => letter == 'L'));
        Assert.DoesNotContain("NaN", svg.ToString());
    }

    [Fact]
    public void A_chart_puts_values_where_its_ticks_say()
    {
        XElement svg = XElement.Parse(Chart([(0, 0), (10, 5), (20, 10)]).ToSvg());
        double Of(string label) => double.Parse(svg.Elements("text").Last(text => text.Value == label
            && text.Attribute("text-anchor")!.Value == "end").Attribute("y")!.Value);
        double[] heights = [.. svg.Elements("path").Single().Attribute("d")!.Value.Split('M',
            'L').Where(part => part != "").Select(part => double.Parse(part.Split(' ')[1]))];
        Assert.Equal(Of("0"), heights[0], 0.11);
        Assert.Equal(Of("10"), heights[2], 0.11);
        Assert.Equal((Of("0") + Of("10")) / 2, heights[1], 0.11);
    }

    [Fact]
    public void An_empty_chart_is_still_a_chart()
    {
        XElement svg = XElement.Parse(Chart([]).ToSvg());
        Assert.Contains("loss", svg.Value);
    }

    [Fact]
    public void Results_survive_their_file_and_damage_is_reported()
    {
        using TemporaryFolder folder = new();
        s_results.Write(folder.File("retrieval.json"));
        Assert.Equal(HtmlReport.Render(s_results, []), HtmlReport.Render(RetrievalResults.Read(folder.File("retrieval.json")), []));
        File.WriteAllText(folder.File("broken.json"), "{\"title\":");
        InvalidDataException failure = Assert.Throws<InvalidDataException>(() => RetrievalResults.Read(folder.File("broken.json")));
        Assert.Contains("broken.json", failure.Message);
    }

    private static LineChart Chart((double X, double Y)[] points) => new("loss", "step", "loss", [new Series("loss", points)]);
}
