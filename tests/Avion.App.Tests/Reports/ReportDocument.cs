using AngleSharp.Dom;
using AngleSharp.Html.Parser;

namespace Avion.App.Tests;

/// <summary>A report as a browser reads it.</summary>
internal static class ReportDocument
{
    public static IDocument Parse(string html) => new HtmlParser(new HtmlParserOptions { IsScripting = true }).ParseDocument(html);

    /// <summary>What holds for every report.</summary>
    public static void AssertIsWhole(IDocument page)
    {
        Assert.All(page.All.SelectMany(element => element.Attributes.Where(attribute => attribute.Name is "src" or "href" or "data" or "action" or "srcset")),
            attribute => Assert.Matches("^data:image/(png;base64,iVBORw0KGgo|jpeg;base64,/9j/)", attribute.Value));
        Assert.All(page.QuerySelectorAll("style"), style => Assert.DoesNotMatch("url\\(|@import", style.TextContent));
        Assert.Empty(page.QuerySelectorAll("link, iframe, object, embed, base"));
        Assert.Contains("default-src 'none'", page.QuerySelector("meta[http-equiv=Content-Security-Policy]")!.GetAttribute("content"));

        string?[] descriptions = [.. page.QuerySelectorAll("img").Select(picture => picture.GetAttribute("alt"))];
        Assert.All(descriptions, description => Assert.False(string.IsNullOrWhiteSpace(description)));
        Assert.Equal(descriptions.Length, descriptions.Distinct().Count());

        int[] levels = [.. page.QuerySelectorAll("h1, h2, h3, h4").Select(head => head.LocalName[1] - '0')];
        Assert.Equal(1, levels[0]);
        Assert.Single(levels, 1);
        Assert.All(levels.Zip(levels.Skip(1)), pair => Assert.True(pair.Second <= pair.First + 1, "A heading leaves a level out."));
        Assert.Equal(["Evaluation", "Training", "Recipe", "Checkpoints", "Skipped and left out"],
            Heads(page).Intersect(["Evaluation", "Training", "Recipe", "Checkpoints", "Skipped and left out"]));

        // Colour alone tells nothing: whatever is marked as right or wrong says so.
        Assert.All(page.QuerySelectorAll(".right"), element => Assert.Contains("✓ right", element.TextContent));
        Assert.All(page.QuerySelectorAll(".wrong"), element => Assert.Contains("✗ wrong", element.TextContent));
        string[] identifiers = [.. page.All.Select(element => element.Id).Where(id => !string.IsNullOrEmpty(id))!];
        Assert.Equal(identifiers.Length, identifiers.Distinct().Count());
    }

    public static IEnumerable<string> Heads(IDocument page) => page.QuerySelectorAll("h2").Select(head => head.TextContent);

    /// <summary>What stands beside a name in the list of facts.</summary>
    public static string Fact(IDocument page, string name) =>
        page.QuerySelectorAll("dt").First(term => term.TextContent == name).NextElementSibling!.TextContent.Trim();

    /// <summary>The rows of a table, by its label.</summary>
    public static string[][] Table(IDocument page, string label) =>
        [.. Region(page, label).QuerySelectorAll("tbody tr").Select(row => row.Children.Select(cell => cell.TextContent).ToArray())];

    public static IElement Region(IDocument page, string label) =>
        page.QuerySelectorAll("[role=region]").Single(region => region.GetAttribute("aria-label") == label);

    /// <summary>The description of a chart.</summary>
    public static JsonElement Chart(IDocument page, string title)
    {
        IElement figure = page.QuerySelectorAll("figure").Single(figure => figure.QuerySelector("figcaption")!.TextContent == title);
        string id = figure.QuerySelector(".chart")!.GetAttribute("data-chart")!;
        using JsonDocument json = JsonDocument.Parse(page.GetElementById(id)!.TextContent);
        return json.RootElement.Clone();
    }

    /// <summary>Pairs of a chart's line.</summary>
    public static (double X, double? Y)[] Points(JsonElement chart, int line = 0) =>
    [
        .. chart.GetProperty("lines")[line].GetProperty("points").EnumerateArray()
            .Select(point => (point[0].GetDouble(), point[1].ValueKind == JsonValueKind.Null ? (double?)null : point[1].GetDouble())),
    ];
}
