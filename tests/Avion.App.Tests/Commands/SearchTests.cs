using System.Buffers.Binary;
using System.Net;
using System.Text.RegularExpressions;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;

namespace Avion.App.Tests;

/// <summary>`avion search` ranks as a brute-force search through the vectors of `avion extract` does, and reads a video once.</summary>
public sealed class SearchTests(MixedVideos videos) : IClassFixture<MixedVideos>, IDisposable
{
    private const int Size = TinyEncoder.EmbeddingSize;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Hits_of_texts_and_examples_are_those_of_brute_force_over_extracted_vectors()
    {
        Save();
        string[] texts = ["in", "a b c"];
        File.WriteAllLines(_folder.File("queries.txt"), texts);
        JsonElement found = await JsonAsync(1, "--queries", _folder.File("queries.txt"), "--video", videos.Path("a.mp4"), "--from", "4", "--to", "8",
            videos.Root, "--window", "2s", "--every", "1s", "--top", "50", "--all-windows");
        ProcessResult extract = await AvionProgram.RunAsync("extract", Weights, videos.Root, "--window", "2s", "--every", "1s", "--text", "in", "--text", "a b c",
            "--output", _folder.File("features"), "--device", "cpu");
        Assert.Equal(1, extract.ExitCode);
        ProcessResult embed = await AvionProgram.RunAsync("embed", Weights, "--video", videos.Path("a.mp4"), "--from", "4", "--to", "8", "--json");
        float[] example = [.. JsonDocument.Parse(embed.Output).RootElement.GetProperty("clips")[0].GetProperty("embedding").EnumerateArray().Select(value => value.GetSingle())];
        float[] clips = Matrix("clips.npy"), queries = [.. Matrix("texts.npy"), .. example];
        (string File, double Start, double End)[] rows = [.. File.ReadAllLines(_folder.File("features", "clips.jsonl")).Select(Row)];
        for (int query = 0; query < 3; query++)
        {
            // The example and what overlaps it are no hits.
            (string, double, double, double Score)[] expected = [.. Enumerable.Range(0, rows.Length)
                .Where(row => query < 2 || !rows[row].File.EndsWith("a.mp4", StringComparison.Ordinal) || rows[row].End <= 4 || rows[row].Start >= 8)
                .Select(row => (rows[row].File, rows[row].Start, rows[row].End, Dot(queries, query, clips, row))).OrderByDescending(hit => hit.Item4)];
            JsonElement[] hits = [.. found.GetProperty("queries")[query].GetProperty("hits").EnumerateArray()];
            Assert.Equal(expected.Length, hits.Length);
            for (int hit = 0; hit < hits.Length; hit++)
            {
                (string file, double start, double end) = Row(hits[hit].GetRawText());
                Assert.Equal(expected[hit].Score, hits[hit].GetProperty("score").GetDouble(), 1e-5);
                Assert.Contains(expected, other => other.Item1 == file && other.Item2 == start && other.Item3 == end && Math.Abs(other.Score - expected[hit].Score) < 1e-5);
            }
        }

        double[] scores = [.. Enumerable.Range(0, rows.Length).Select(row => Dot(queries, 0, clips, row))];
        Assert.Equal(scores.Average(), found.GetProperty("queries")[0].GetProperty("mean").GetDouble(), 1e-2);
        JsonElement extracted = await JsonAsync(0, "in", _folder.File("features"), "--top", "50", "--all-windows");
        Assert.Equal(Hits(found), Hits(extracted));

        // The search reads what is there; what is not stands in the list of the extraction.
        JsonElement missing = extracted.GetProperty("not_extracted");
        Assert.Equal((MixedVideos.Bad.Length, 0), (missing.GetProperty("videos").GetInt32(), missing.GetProperty("clips").GetInt32()));
        Assert.Equal(MixedVideos.Bad.Length, File.ReadAllLines(missing.GetProperty("list").GetString()!).Length);
        ProcessResult text = await AvionProgram.RunAsync("search", Weights, "in", _folder.File("features"), "--device", "cpu");
        Assert.EndsWith($"When these features were made, 3 videos could not be opened; see '{_folder.File("features", "failures.jsonl")}'.", text.Output.TrimEnd());
    }

    [Fact]
    public async Task Views_that_were_extracted_apart_are_counted_as_views_and_their_clips_as_clips()
    {
        Save();
        ProcessResult extract = await AvionProgram.RunAsync("extract", Weights, videos.Path("a.mp4"), videos.Path("deep/b.mkv"), "--views", "3", "--separate-views",
            "--output", _folder.File("features"), "--device", "cpu");
        Assert.Contains("6 rows of 2 clips of 2 videos", extract.Output, StringComparison.Ordinal);
        JsonElement json = await JsonAsync(0, "in", _folder.File("features"), "--all-windows");
        Assert.Equal((2, 2, 2), (json.GetProperty("clips").GetInt32(), json.GetProperty("cached_clips").GetInt32(), json.GetProperty("videos").GetInt32()));
        JsonElement query = json.GetProperty("queries")[0];
        Assert.Equal((2, 6), (query.GetProperty("clips").GetInt32(), query.GetProperty("views").GetInt32()));
        Assert.Equal(6, query.GetProperty("hits").EnumerateArray().Select(hit => (hit.GetProperty("file").GetString(), hit.GetProperty("view").GetInt32())).Distinct().Count());
        ProcessResult text = await AvionProgram.RunAsync("search", Weights, "in", _folder.File("features"), "--device", "cpu");
        Assert.Contains("All 6 views of 2 clips: ", text.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("When these features were made", text.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Overlapping_windows_of_a_video_stand_behind_the_best_of_them()
    {
        Save();
        string[] arguments = ["in", videos.Root, "--window", "2s", "--every", "1s", "--top", "50"];
        string[] all = Hits(await JsonAsync(1, [.. arguments, "--all-windows"])), apart = Hits(await JsonAsync(1, arguments));
        List<string> expected = [];
        foreach (string hit in all)
        {
            if (!expected.Exists(better => Overlap(better, hit)))
            {
                expected.Add(hit);
            }
        }

        Assert.True(expected.Count < all.Length);
        Assert.Equal(expected, apart);
        Assert.Equal(expected[..2], Hits(await JsonAsync(1, [.. arguments[..^1], "2"])));
    }

    [Fact]
    public async Task A_second_search_reads_no_video_and_reads_again_what_has_changed()
    {
        Save();
        string copies = _folder.File("copies"), cache = _folder.File("search-cache");
        Directory.CreateDirectory(copies);
        File.Copy(videos.Path("a.mp4"), Path.Combine(copies, "a.mp4"));
        File.Copy(videos.Path("deep/b.mkv"), Path.Combine(copies, "b.mkv"));
        string[] arguments = ["in", copies, "--window", "2s"];
        JsonElement first = await JsonAsync(0, arguments);
        Assert.Equal((0, 7), Counts(first));
        Assert.StartsWith(cache, first.GetProperty("cache").GetString());

        // Bytes that are no video, under the same stamp: whoever opens one fails.
        foreach (string path in Directory.GetFiles(copies))
        {
            DateTime changed = File.GetLastWriteTimeUtc(path);
            byte[] bytes = File.ReadAllBytes(path);
            File.WriteAllBytes(path, new byte[bytes.Length]);
            File.SetLastWriteTimeUtc(path, changed);
            JsonElement again = await JsonAsync(0, arguments);
            Assert.Equal((7, 0), Counts(again));
            Assert.Equal(Hits(first), Hits(again));
            File.WriteAllBytes(path, bytes);
            File.SetLastWriteTimeUtc(path, changed);
        }

        // Moved: known by its bytes. Replaced: read. Other windows of a known video: only those that are new.
        File.Move(Path.Combine(copies, "a.mp4"), Path.Combine(copies, "c.mp4"));
        Assert.Equal((7, 0), Counts(await JsonAsync(0, arguments)));
        File.Copy(Path.Combine(copies, "b.mkv"), Path.Combine(copies, "c.mp4"), overwrite: true);
        Assert.Equal((4, 0), Counts(await JsonAsync(0, arguments)));
        File.Copy(videos.Path("long.mp4/0.mp4"), Path.Combine(copies, "new.mp4"));
        Assert.Equal((4, 1), Counts(await JsonAsync(0, arguments)));
        Assert.Equal((0, 5), Counts(await JsonAsync(0, [.. arguments, "--no-cache"])));
        Assert.Equal((5, 0), Counts(await JsonAsync(0, [.. arguments, "--every", "1s"])));
        Assert.Equal((5, 2), Counts(await JsonAsync(0, [.. arguments, "--every", "500ms"])));
    }

    [Fact]
    public async Task A_damaged_cache_is_told_and_built_anew()
    {
        Save();
        string[] arguments = ["in", videos.Path("a.mp4"), "--window", "2s", "--cache", _folder.File("kept")];
        JsonElement first = await JsonAsync(0, arguments);
        string pack = Directory.GetFiles(_folder.File("kept"), "*.safetensors", SearchOption.AllDirectories).Single();
        byte[] whole = File.ReadAllBytes(pack);
        foreach (Action damage in (Action[])
        [
            () => File.WriteAllBytes(pack, whole[..(whole.Length / 2)]), () => File.WriteAllBytes(pack, []), () => File.WriteAllText(pack, "words"),
            () => File.WriteAllBytes(pack, [.. whole[..^300], (byte)(whole[^300] ^ 1), .. whole[^299..]]),
        ])
        {
            Array.ForEach(Directory.GetFiles(_folder.File("kept"), "*.safetensors", SearchOption.AllDirectories), File.Delete);
            damage();
            ProcessResult result = await AvionProgram.RunAsync(["search", Weights, .. arguments, "--device", "cpu", "--json"]);
            Assert.True(result.ExitCode == 0, result.Error);
            Assert.Contains("damaged and removed", result.Error, StringComparison.Ordinal);
            JsonElement json = JsonDocument.Parse(result.Output).RootElement;
            Assert.Equal((0, 5), Counts(json));
            Assert.Equal(Hits(first), Hits(json));
            Assert.False(File.Exists(pack));
        }
    }

    [Fact]
    public async Task Where_nothing_can_be_written_beside_the_model_features_lie_with_the_user()
    {
        Save();
        File.WriteAllText(_folder.File("search-cache"), "a file in the way");
        string user = _folder.File("user");
        string[] command = ["search", Weights, "in", videos.Path("a.mp4"), "--device", "cpu", "--json"];
        Dictionary<string, string?> environment = new() { ["AVION_CACHE"] = user };
        ProcessResult first = await AvionProgram.RunAsync(command, environment), second = await AvionProgram.RunAsync(command, environment);
        Assert.Contains($"features are kept in '{Path.Combine(user, "search-cache")}'", first.Error, StringComparison.Ordinal);
        Assert.Equal((4, 0), Counts(JsonDocument.Parse(second.Output).RootElement));
        ProcessResult none = await AvionProgram.RunAsync(command, new Dictionary<string, string?> { ["AVION_CACHE"] = "off" });
        Assert.Contains("Features are not kept", none.Error, StringComparison.Ordinal);
        Assert.Equal((0, 4), Counts(JsonDocument.Parse(none.Output).RootElement));
    }

    [Fact]
    public async Task Searches_at_once_leave_a_whole_cache()
    {
        Save();
        string[] command = ["search", Weights, "in", videos.Root, "--device", "cpu", "--json", "--window", "1s"];
        ProcessResult[] results = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => AvionProgram.RunAsync(command)));
        Assert.All(results, result => Assert.Equal(Hits(JsonDocument.Parse(results[0].Output).RootElement), Hits(JsonDocument.Parse(result.Output).RootElement)));
        ProcessResult after = await AvionProgram.RunAsync(command);
        Assert.DoesNotContain("damaged", after.Error, StringComparison.Ordinal);
        Assert.Equal((18, 0), Counts(JsonDocument.Parse(after.Output).RootElement));
        Assert.Empty(Directory.GetFiles(_folder.File("search-cache"), "*.partial", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task People_get_times_scores_and_what_they_mean()
    {
        Save();
        ProcessResult result = await AvionProgram.RunAsync("search", Weights, "in", videos.Root, "--device", "cpu", "--window", "500ms", "--top", "3");
        Assert.Equal(1, result.ExitCode);
        Assert.Matches(@"1\. +-?0\.\d{3} +0:0\d(\.5)? – 0:0\d(\.5)? +\S+(a\.mp4|b\.mkv|long\.mp4)", result.Output);
        Assert.Contains("not probabilities", result.Output, StringComparison.Ordinal);
        Assert.Contains("by chance alone the best of so many would have about", result.Output, StringComparison.Ordinal);
        Assert.All(MixedVideos.Bad, bad => Assert.Contains(bad, result.Output, StringComparison.Ordinal));
        Assert.Contains("3 videos could not be opened.", result.Output, StringComparison.Ordinal);
        Assert.Contains("every 0.5 s", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_of_annotations_are_ranked_clip_by_clip_and_windows_suit_the_model()
    {
        Save();
        File.WriteAllText(_folder.File("clips.csv"), "video,start,end,caption\na.mp4,1,3,x\na.mp4,1,3,y\na.mp4,6,9,z\nlong.mp4,0.5,4.5,w\n");
        JsonElement list = await JsonAsync(0, "in", _folder.File("clips.csv"), "--videos", videos.Root);
        Assert.Equal(["1-3", "6-9", "0.5-4.5"], Hits(list).Select(hit => hit.Split(' ')[1]).OrderBy(span => span.Length).ThenBy(span => span));
        JsonElement usual = await JsonAsync(0, "in", videos.Path("a.mp4"), "--all-windows");
        Assert.Equal("windows of 4 s every 2 s", usual.GetProperty("windows").GetString());
        JsonElement whole = await JsonAsync(0, "in", videos.Path("a.mp4"), videos.Path("long.mp4"), "--whole");
        Assert.Equal(["a.mp4 0-10", "long.mp4 0-5"], Hits(whole).Select(hit => Path.GetFileName(hit)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_page_has_a_picture_of_every_hit_under_a_name_of_its_own_and_asks_for_nothing()
    {
        Save();
        string page = _folder.File("found.html");
        File.WriteAllLines(_folder.File("queries.txt"), ["in", "<b>&</b>"]);
        JsonElement json = await JsonAsync(1, videos.Root, "--queries", _folder.File("queries.txt"), "--top", "4", "--window", "2s", "--html", page);
        string html = File.ReadAllText(page);
        string[] names = [.. Regex.Matches(html, "<img alt=\"([^\"]+)\" src=\"data:image/(?:png;base64,iVBOR|jpeg;base64,/9j/)[^\"]+\">").Select(match => match.Groups[1].Value)];
        Assert.Equal(8, names.Length);
        Assert.Equal(8, names.Distinct().Count());
        JsonElement first = json.GetProperty("queries")[0].GetProperty("hits")[0];
        Assert.Contains(WebUtility.HtmlEncode($"Hit 1 for “in”: {first.GetProperty("file").GetString()}, "), names[0], StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;&amp;&lt;/b&gt;", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("http:", html, StringComparison.Ordinal);
        Assert.DoesNotContain("https:", html, StringComparison.Ordinal);
        Assert.Contains("not probabilities", html, StringComparison.Ordinal);

        Assert.Contains("default-src 'none'", html, StringComparison.Ordinal);
        ProcessResult refused = await AvionProgram.RunAsync("search", Weights, "in", videos.Root, "--html", _folder.File("none", "found.html"));
        Assert.Equal(2, refused.ExitCode);

        await JsonAsync(1, videos.Root, "--text", "in", "--top", "1", "--window", "2s", "--html", page);
        Assert.NotEqual(html, File.ReadAllText(page));
    }

    [Fact]
    public async Task Names_of_videos_stand_on_the_page_as_they_are_and_command_nothing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs names that only Linux has");
        Save();
        string[] names = ["<b>&\"'.mp4", "\u001b[2J.mp4"];
        Directory.CreateDirectory(_folder.File("odd"));
        Array.ForEach(names, name => File.Copy(videos.Path("a.mp4"), _folder.File("odd", name)));
        await JsonAsync(0, "<i>", _folder.File("odd"), "--whole", "--html", _folder.File("found.html"));
        string html = File.ReadAllText(_folder.File("found.html"));
        IDocument page = new HtmlParser().ParseDocument(html);
        string[] shown = [$"{_folder.File("odd")}/{names[0]}", $"{_folder.File("odd")}/\\u001b[2J.mp4"];
        Assert.Equal(shown.Order(StringComparer.Ordinal), page.QuerySelectorAll(".clip p:nth-of-type(2)").Select(name => name.TextContent).Order(StringComparer.Ordinal));
        Assert.All(shown, name => Assert.Contains(page.QuerySelectorAll(".clip img"), picture => picture.GetAttribute("alt")!.Contains($"“<i>”: {name}, ", StringComparison.Ordinal)));
        Assert.Equal("“<i>”", page.QuerySelector("h1")!.TextContent);
        Assert.Empty(page.QuerySelectorAll("main b, main i"));
        Assert.DoesNotContain('\u001b', html);
    }

    [Fact]
    public async Task What_cannot_be_read_is_not_counted_as_read_and_texts_are_listed_by_one_rule()
    {
        Save();
        File.WriteAllText(_folder.File("queries.txt"), "\uFEFFin\n# a comment\n\n#C opens\nIN\n");
        ProcessResult result = await AvionProgram.RunAsync("search", Weights, videos.Root, "--whole", "--queries", _folder.File("queries.txt"), "--device", "cpu", "--json");
        JsonElement json = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal((0, 3), Counts(json));
        Assert.Equal(3, json.GetProperty("unreadable_clips").GetInt32());
        Assert.Contains("\n3 clips read.\n", result.Error, StringComparison.Ordinal);
        Assert.Equal(["in", "#C opens"], json.GetProperty("queries").EnumerateArray().Select(query => query.GetProperty("text").GetString()));
        Assert.Contains("line 5: 'IN' stands on line 1 already", result.Error, StringComparison.Ordinal);
        Assert.Equal((3, 0), Counts(await JsonAsync(1, "in", videos.Root, "--whole")));
    }

    [Fact]
    public async Task Following_scores_each_window_as_a_search_of_the_finished_video_does()
    {
        Save();
        JsonElement searched = await JsonAsync(0, "in", videos.Path("deep/b.mkv"), "--window", "1s", "--top", "50");
        ProcessResult followed = await AvionProgram.RunAsync("search", Weights, "in", videos.Path("deep/b.mkv"), "--window", "1s", "--follow", "--idle-timeout", "1s",
            "--device", "cpu", "--json");
        Assert.True(followed.ExitCode == 0, followed.Error);
        JsonElement[] lines = [.. followed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        JsonElement[] hits = [.. searched.GetProperty("queries")[0].GetProperty("hits").EnumerateArray()];
        Assert.Equal(3, lines.Length);
        Assert.All(lines, line => Assert.Equal(
            hits.Single(hit => Row(hit.GetRawText()).Start == Row(line.GetRawText()).Start).GetProperty("score").GetDouble(), line.GetProperty("scores")[0].GetDouble(), 1e-4));
        ProcessResult waited = await AvionProgram.RunAsync("search", Weights, "in", _folder.File("never"), "--follow", "--idle-timeout", "500ms", "--device", "cpu");
        Assert.Equal(1, waited.ExitCode);
        Assert.Contains("it is waited for", waited.Error, StringComparison.Ordinal);
        Assert.Contains("still no file or folder", waited.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_searched_is_refused_with_what_to_do()
    {
        Save();
        File.WriteAllText(_folder.File("empty.txt"), "\n");
        foreach ((string expected, string[] arguments) in ((string, string[])[])
        [
            ("There is nothing to look for", [videos.Root]), ("There is nothing to search in", ["in"]), ("no file or folder", ["in", _folder.File("gone")]),
            ("has no text", [videos.Root, "--queries", _folder.File("empty.txt")]), ("there is no --video", ["in", videos.Root, "--from", "1", "--to", "2"]),
            ("leave one out", ["in", videos.Root, "--whole", "--every", "1s"]), ("contradict", ["in", videos.Root, "--cache", "x", "--no-cache"]),
            ("A --text is empty", ["--text", " ", videos.Root]), ("TEXT is empty", [" ", videos.Root]),
            ("is taken for a list of annotations, because its name ends in '.txt'", ["in", videos.Path("notes.txt")]),
            ("is taken for a list of annotations", ["in", videos.Path("notes.txt"), videos.Path("a.mp4")]), ("is a folder", ["in", videos.Root, "--html", videos.Root]),
            ("has windows and no whole", ["in", _folder.File("late.mp4"), "--whole", "--follow"]), ("no list of annotations", ["in", "x", "y", "--follow"]),
            ("exists already", ["in", videos.Root, "--html", videos.Path("a.mp4")]),
            ("cannot be written", ["in", videos.Root, "--html", "/proc/found.html"]),
            ("words.mp4': no known video container", ["--video", videos.Path("words.mp4"), videos.Root]),
            ("begins after the video's last frame", ["--video", videos.Path("a.mp4"), "--from", "100", "--to", "110", videos.Root]),
        ])
        {
            ProcessResult result = await AvionProgram.RunAsync(["search", Weights, .. arguments]);
            Assert.Contains(expected, result.Error, StringComparison.Ordinal);
            Assert.Equal(2, result.ExitCode);
        }

        string other = _folder.File("other", "model.safetensors");
        Directory.CreateDirectory(_folder.File("other"));
        TinyEncoder.Save(other, seed: 2);
        Assert.Equal(0, (await AvionProgram.RunAsync("extract", other, videos.Path("a.mp4"), "--output", _folder.File("features"), "--device", "cpu")).ExitCode);
        ProcessResult foreign = await AvionProgram.RunAsync("search", Weights, "in", _folder.File("features"), "--device", "cpu");
        Assert.Contains("made by other weights", foreign.Error, StringComparison.Ordinal);
        Assert.Equal(2, foreign.ExitCode);
        ProcessResult mixed = await AvionProgram.RunAsync("search", Weights, "in", videos.Root, _folder.File("features"), "--device", "cpu");
        Assert.Contains("are searched alone", mixed.Error, StringComparison.Ordinal);
        Assert.Equal(2, mixed.ExitCode);
    }

    private string Weights => _folder.File("model.safetensors");

    private static (int Cached, int Read) Counts(JsonElement json) => (json.GetProperty("cached_clips").GetInt32(), json.GetProperty("read_clips").GetInt32());

    private static string[] Hits(JsonElement json) => [.. json.GetProperty("queries")[0].GetProperty("hits").EnumerateArray().Select(hit => Row(hit.GetRawText()))
        .Select(hit => FormattableString.Invariant($"{hit.File} {hit.Start}-{hit.End}"))];

    private static (string File, double Start, double End) Row(string line)
    {
        JsonElement row = JsonDocument.Parse(line).RootElement;
        return (row.GetProperty("file").GetString()!, row.GetProperty("start").GetDouble(), row.GetProperty("end").GetDouble());
    }

    private static bool Overlap(string a, string b)
    {
        double[] Times(string hit) => [.. hit.Split(' ')[1].Split('-').Select(time => double.Parse(time, CultureInfo.InvariantCulture))];
        return a.Split(' ')[0] == b.Split(' ')[0] && Times(a)[0] < Times(b)[1] && Times(b)[0] < Times(a)[1];
    }

    private static double Dot(float[] queries, int query, float[] clips, int row) =>
        Enumerable.Range(0, Size).Sum(i => (double)queries[(query * Size) + i] * clips[(row * Size) + i]);

    private async Task<JsonElement> JsonAsync(int exitCode, params string[] arguments)
    {
        ProcessResult result = await AvionProgram.RunAsync(["search", Weights, .. arguments, "--device", "cpu", "--json"]);
        Assert.True(result.ExitCode == exitCode, $"{result.ExitCode}: {result.Error}\n{result.Output}");
        return JsonDocument.Parse(result.Output).RootElement;
    }

    // By the format's description: magic, version, length of the header, header, values.
    private float[] Matrix(string name)
    {
        byte[] file = File.ReadAllBytes(_folder.File("features", name));
        int begin = 10 + BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(8));
        float[] values = new float[(file.Length - begin) / sizeof(float)];
        Buffer.BlockCopy(file, begin, values, 0, values.Length * sizeof(float));
        return values;
    }

    private void Save()
    {
        Assert.SkipUnless(videos.Reason.Length == 0, videos.Reason);
        TinyEncoder.Save(Weights);
        File.WriteAllText(_folder.File("vocabulary.txt"), "#version: 0.2\n" + string.Concat(Enumerable.Range(0, 86).Select(i => $"{(char)('a' + (i / 26))} {(char)('a' + (i % 26))}\n")));
    }
}
