using System.Net.Http;

namespace Avion.Browser.Tests;

/// <summary>Hits, mistakes, map and search on clips whose every score is known.</summary>
public sealed class ClipsPageTests(Chromium browser) : IAsyncLifetime
{
    private const string Offer = "Look at the held-out clips";
    private const int JpegLoss = 3;
    private static readonly int[] s_clips = [.. Enumerable.Range(0, PlantedGallery.Truth.Length)];
    private readonly PlantedGallery _gallery = new();
    private Board _board = null!;

    public async ValueTask InitializeAsync()
    {
        _board = await Board.StartAsync(_gallery);
        _board.AddTraining("own");
    }

    public ValueTask DisposeAsync() => _board.DisposeAsync();

    [Fact]
    public Task What_a_caption_finds_stands_in_the_order_of_scores_with_what_is_right_and_wrong() => ShowAsync(async page =>
    {
        // By brute force: a caption is a mistake where the clip of the largest score is another's.
        int[] mistakes = [.. Enumerable.Range(0, 2).Where(caption => PlantedGallery.Truth[Ranked(caption)[0]] != caption)];
        Assert.Equal([0], mistakes);
        ILocator rows = page[".ranking"];
        await Assertions.Expect(page[".rankings"]).ToBeVisibleAsync();
        await Assertions.Expect(page["main"]).ToContainTextAsync("Of 2 captions, 1 has something right in the first place, 1 does not.");
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        await AssertRowAsync(rows.First, caption: 0);
        await page.Page.GetByLabel("hits", new() { Exact = true }).CheckAsync();
        await Assertions.Expect(rows.First.Locator("h3")).ToHaveTextAsync($"“{PlantedGallery.Captions[1]}”");
        await AssertRowAsync(rows.First, caption: 1);

        // A caption that looks like markup is text.
        Assert.Equal(0, await page["img[src=x]"].CountAsync());
    });

    [Fact]
    public Task What_a_clip_answers_stands_beside_its_picture() => ShowAsync(async page =>
    {
        await page.Page.GetByLabel("clip", new() { Exact = true }).CheckAsync();
        ILocator rows = page[".byclip"];
        int[] mistakes = [.. s_clips.Where(clip => ArgMax(clip) != PlantedGallery.Truth[clip])];
        await Assertions.Expect(rows).ToHaveCountAsync(mistakes.Length);
        for (int row = 0; row < mistakes.Length; row++)
        {
            await Assertions.Expect(rows.Nth(row)).ToContainTextAsync(PlantedGallery.ClipName(mistakes[row]));
            await Assertions.Expect(rows.Nth(row).Locator("li").First).ToContainTextAsync("✗ wrong " + PlantedGallery.Captions[ArgMax(mistakes[row])]);
        }
    });

    [Fact]
    public Task A_text_finds_clips_and_tells_what_is_left_out_of_it() => ShowAsync(async page =>
    {
        page.Expect("500");
        await page.Page.GetByLabel("Search these clips").FillAsync("a drawer is opened, and then much more happens");
        await page.Page.Keyboard.PressAsync("Enter");
        ILocator hits = page[".results .clip"];
        await Assertions.Expect(hits).ToHaveCountAsync(2);
        await Assertions.Expect(hits.First).ToContainTextAsync("0.500");
        await Assertions.Expect(hits.First).ToContainTextAsync(PlantedGallery.ClipName(4));
        await Assertions.Expect(hits.Nth(1)).ToContainTextAsync(PlantedGallery.ClipName(0));
        await Assertions.Expect(page[".results"]).ToContainTextAsync("The text is long: its end is left out.");
        await page.Page.GetByLabel("Search these clips").FillAsync("fail");
        await page.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page[".results"]).ToHaveTextAsync("The model was taken away.");
    });

    [Fact]
    public Task The_map_has_a_point_for_each_clip_named_by_its_caption() => ShowAsync(async page =>
    {
        ILocator map = page[".map"];
        await Assertions.Expect(map).ToHaveAttributeAsync(
            "aria-label", $"Map of 6 clips in 2 groups: {PlantedGallery.Captions[0]}, 3; {PlantedGallery.Captions[1]}, 3.");
        string json = await page.Page.EvaluateAsync<string>(
            "() => JSON.stringify(echarts.getInstanceByDom(document.querySelector('.map')).getOption().series.flatMap((series) => series.data))");
        (int Clip, double X, double Y)[] points = [.. JsonDocument.Parse(json).RootElement.EnumerateArray()
            .Select(point => (point.GetProperty("clip").GetInt32(), point.GetProperty("value")[0].GetDouble(), point.GetProperty("value")[1].GetDouble()))];

        // Vectors of two numbers keep their distances where they are turned onto their axes.
        foreach ((int a, double x, double y) in points)
        {
            foreach ((int b, double otherX, double otherY) in points)
            {
                double expected = double.Hypot(PlantedGallery.Scores[a, 0] - PlantedGallery.Scores[b, 0], PlantedGallery.Scores[a, 1] - PlantedGallery.Scores[b, 1]);
                Assert.Equal(expected, double.Hypot(x - otherX, y - otherY), 1e-4);
            }
        }

        await map.FocusAsync();
        await page.Page.Keyboard.PressAsync("End");
        await Assertions.Expect(page[".chart-tip:visible"]).ToContainTextAsync(PlantedGallery.ClipName(points[^1].Clip));
    });

    [Fact]
    public Task Clips_that_cannot_be_opened_are_told_and_can_be_tried_again() => ShowAsync(async page =>
    {
        await Assertions.Expect(page[".clips .notice.bad"]).ToContainTextAsync("The run has no checkpoint yet.");
        _gallery.Failure = null;
        await page.Page.GetByText(Offer).ClickAsync();
        await page[".ranking"].First.WaitForAsync();
    }, failure: "The run has no checkpoint yet.");

    [Fact]
    public Task Clips_of_other_runs_take_their_place_and_the_page_offers_to_open_them_again() => ShowAsync(async page =>
    {
        page.Expect("409");
        using HttpClient client = new() { BaseAddress = _board.Address };
        client.DefaultRequestHeaders.Add("X-Avion-Board", "1");
        for (int run = 0; run < 3; run++)
        {
            _board.AddTraining($"other-{run}");
        }

        using JsonDocument runs = await OthersAsync(client);
        foreach (JsonElement run in runs.RootElement.GetProperty("runs").EnumerateArray().Where(run => run.GetProperty("name").GetString() != "own"))
        {
            (await client.PostAsync($"/api/runs/{run.GetProperty("id").GetString()}/clips", null)).EnsureSuccessStatusCode();
        }

        await page.Page.GetByLabel("hits", new() { Exact = true }).CheckAsync();
        await Assertions.Expect(page.Page.GetByText(Offer)).ToBeVisibleAsync();
    });

    private static async Task<JsonDocument> OthersAsync(HttpClient client)
    {
        const int tries = 50, milliseconds = 200;
        for (int i = 0; ; i++)
        {
            JsonDocument runs = JsonDocument.Parse(await client.GetStringAsync("/api/runs"));
            if (runs.RootElement.GetProperty("runs").GetArrayLength() == 4 || i == tries)
            {
                return runs;
            }

            await Task.Delay(milliseconds);
        }
    }

    /// <summary>The clips' numbers, largest score of a caption first.</summary>
    private static int[] Ranked(int caption) => [.. s_clips.OrderByDescending(clip => PlantedGallery.Scores[clip, caption])];

    private static int ArgMax(int clip) => PlantedGallery.Scores[clip, 0] > PlantedGallery.Scores[clip, 1] ? 0 : 1;

    private static async Task AssertRowAsync(ILocator row, int caption)
    {
        const int shown = 5;
        int[] best = [.. Ranked(caption).Take(shown)];
        await Assertions.Expect(row).ToContainTextAsync(
            PlantedGallery.Truth[best[0]] == caption ? "Right in the first place." : $"The first right one is in place {1 + Array.FindIndex(best, clip => PlantedGallery.Truth[clip] == caption)}.");
        for (int place = 0; place < best.Length; place++)
        {
            ILocator clip = row.Locator(".clip").Nth(place);
            await Assertions.Expect(clip).ToContainTextAsync(PlantedGallery.ClipName(best[place]));
            await Assertions.Expect(clip).ToContainTextAsync(PlantedGallery.Truth[best[place]] == caption ? "✓ right" : "✗ wrong");
            await Assertions.Expect(clip).ToContainTextAsync(PlantedGallery.Scores[best[place], caption].ToString("0.000", CultureInfo.InvariantCulture));
            await clip.ScrollIntoViewIfNeededAsync();
            if (best[place] == PlantedGallery.Unreadable)
            {
                await Assertions.Expect(clip).ToContainTextAsync("This clip cannot be read.");
                continue;
            }

            Assert.All(PlantedGallery.Colour(best[place]).Zip(await clip.Locator("img").EvaluateAsync<int[]>("""
                async (img) => {
                  await img.decode();
                  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }), context = canvas.getContext("2d");
                  context.drawImage(img, 4, 4, 1, 1, 0, 0, 1, 1);
                  return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
                }
                """)), colour => Assert.InRange(colour.Second, colour.First - JpegLoss, colour.First + JpegLoss));
        }
    }

    private Task ShowAsync(Func<WatchedPage, Task> test, string? failure = null) => browser.ShowAsync(_board.Address, new Look(), async page =>
    {
        page.Expect("404");
        _gallery.Failure = failure;
        await page[".run .name"].ClickAsync();
        await page["nav a"].Filter(new() { HasText = "Clips" }).ClickAsync();
        await page.Page.GetByText(Offer).ClickAsync();
        if (failure is null)
        {
            await page[".ranking"].First.WaitForAsync();
        }

        await test(page);
    });
}
