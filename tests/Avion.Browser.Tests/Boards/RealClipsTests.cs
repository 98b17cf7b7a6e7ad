namespace Avion.Browser.Tests;

/// <summary>The clips of a real run: its model answers, its videos play.</summary>
public sealed class RealClipsTests(Chromium browser, DemoRun run) : IClassFixture<DemoRun>
{
    [Fact]
    public async Task A_search_finds_what_the_evaluation_scores_best_and_the_clip_plays()
    {
        // The scores of an evaluation: another road through the text tower, and another product.
        EvaluationOutputs outputs = new();
        Evaluation.Run(CheckpointChoice.Of(run.Folder).Folder, new EvaluationOptions { Outputs = outputs });
        OutputTable captions = outputs.Find("caption")!;
        await using BoardServer server = await BoardServer.StartAsync(new BoardOptions
        {
            Runs = [run.Folder], Port = 0, Galleries = new RunGalleryOpener(DevicesOption.Read("cpu"), threads: 0, RunClips.BoardPictures),
        });
        await browser.ShowAsync(server.Address, new Look(), async page =>
        {
            await page[".run .name"].ClickAsync();
            await page["nav a"].Filter(new() { HasText = "Clips" }).ClickAsync();
            await page.Page.GetByText("Look at the held-out clips").ClickAsync();
            await page[".ranking"].First.WaitForAsync();
            const int caption = 5;
            await page.Page.GetByLabel("Search these clips").FillAsync((captions.ColumnTexts ?? captions.ColumnNames)![caption]);
            await page.Page.Keyboard.PressAsync("Enter");
            await page[".results .clip"].First.WaitForAsync();
            IReadOnlyList<string> names = await page[".results .source"].AllInnerTextsAsync();
            int[] found = [.. names.Select(name => captions.RowNames.ToList().IndexOf(name))];
            float[] scores = [.. Enumerable.Range(0, captions.RowNames.Count).Select(clip => captions.Values[(clip * captions.ColumnCount) + caption])];
            Assert.Equal(12, found.Distinct().Count());
            float[] best = [.. scores.OrderDescending().Take(found.Length)];
            Assert.All(found.Select((clip, place) => (clip, place)), hit => Assert.Equal(best[hit.place], scores[hit.clip], 2e-5f));
            await page.KeepPictureAsync("search");

            await page[".results .clip button"].First.ClickAsync();
            ILocator video = page["dialog video"];
            await video.WaitForAsync();
            await page.KeepPictureAsync("player");
            await AssertPlaysRoundAsync(video);
            int[] nearest = await NearestPicturesAsync(page, captions.RowNames.Count);
            Assert.Equal(found[0], nearest[0]);
            await page.AssertAccessibleAsync();
            await page.Page.Keyboard.PressAsync("Escape");
            await Assertions.Expect(page["dialog"]).ToHaveCountAsync(0);
        });
    }

    /// <summary>The clip goes on past its own length without ever leaving it.</summary>
    private static async Task AssertPlaysRoundAsync(ILocator video)
    {
        double[] seen = await video.EvaluateAsync<double[]>("""
            async (video) => {
              const [start] = video.src.match(/(?<=#t=)[\d.]+/).map(Number), seen = [];
              const end = (await (await fetch(video.src.replace(/video#.*/, "times"))).json()).end_seconds;
              for (let look = 0; look < 200 && !(seen.length > 0 && seen.at(-1) < seen.at(-2)); look++) {
                await new Promise((resolve) => setTimeout(resolve, 50));
                seen.push(video.currentTime);
              }
              return [start, end, ...seen];
            }
            """);
        (double start, double end) = (seen[0], seen[1]);
        Assert.InRange(end - start, 0.5, 5);
        Assert.All(seen[2..], time => Assert.InRange(time, start - 0.1, end + 0.7));
        Assert.Contains(seen[2..], time => time > end - 0.4);
        Assert.True(seen[^1] < seen[^2], "It does not begin again.");
    }

    /// <summary>All clips by how near their first frame is to the video at its begin.</summary>
    private static Task<int[]> NearestPicturesAsync(WatchedPage page, int clips) => page.Page.EvaluateAsync<int[]>("""
        async (clips) => {
          const side = 24, video = document.querySelector("dialog video"), base = new URL(video.src).pathname.replace(/\/\d+\/video$/, "");
          video.pause();
          const sought = new Promise((resolve) => video.addEventListener("seeked", resolve, { once: true }));
          video.currentTime = Number(video.src.match(/(?<=#t=)[\d.]+/)[0]) + 0.01;
          await sought;
          const pixels = (image, width, from) => {
            const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side }), context = canvas.getContext("2d");
            context.drawImage(image, from, 0, width, width, 0, 0, side, side);
            return context.getImageData(0, 0, side, side).data;
          };
          const own = pixels(video, video.videoHeight, (video.videoWidth - video.videoHeight) / 2), far = [];
          for (let clip = 0; clip < clips; clip++) {
            const image = new Image();
            image.src = `${base}/${clip}/picture`;
            await image.decode();
            const other = pixels(image, image.naturalHeight, 0);
            far.push([own.reduce((sum, value, at) => sum + Math.abs(value - other[at]), 0), clip]);
          }
          return far.sort((a, b) => a[0] - b[0]).map((pair) => pair[1]);
        }
        """, clips);
}
