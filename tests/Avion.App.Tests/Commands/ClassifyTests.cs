namespace Avion.App.Tests;

/// <summary>`avion classify`, with and without training, against brute force from what `avion extract` and `avion embed` write.</summary>
public sealed class ClassifyTests(MixedVideos videos) : IClassFixture<MixedVideos>, IDisposable
{
    private const int Size = TinyEncoder.EmbeddingSize;
    private static readonly string[] s_labels = ["open drawer", "wash_plate", "in", "a b"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Labels_are_ranked_as_by_brute_force_from_the_vectors_that_extract_and_embed_write()
    {
        double scale = SaveEncoder();
        ProcessResult result = await ClassifyAsync(videos.Root, "--window", "4s", "--every", "2s", "--labels", Labels(), "--templates", "egocentric", "--top", "4",
            "--json", "--output", _folder.File("all.csv"));
        Assert.True(result.ExitCode == 1, result.Error);
        JsonElement json = JsonDocument.Parse(result.Output).RootElement;
        Assert.True(json.GetProperty("zero_shot").GetBoolean());
        Assert.Equal(scale, json.GetProperty("scale").GetDouble(), 1e-4 * scale);
        Assert.Contains("not how likely", json.GetProperty("probabilities").GetString()!, StringComparison.Ordinal);
        Assert.Equal(MixedVideos.Bad, json.GetProperty("failures").EnumerateArray().Select(clip => Path.GetFileName(clip.GetProperty("file").GetString())));

        ProcessResult extracted = await AvionProgram.RunAsync("extract", Weights, videos.Root, "--window", "4s", "--every", "2s", "--output", _folder.File("features"), "--device", "cpu");
        Assert.True(extracted.ExitCode == 1, extracted.Error);
        FeatureSet set = FeatureSet.Read(_folder.File("features"));
        double[][] classes = await ClassVectorsAsync("#C C {}", "#C {}");
        JsonElement[] clips = [.. json.GetProperty("clips").EnumerateArray()];
        Assert.Equal(set.Rows.Select(row => (row.File, row.Span.Start, row.Span.End)),
            clips.Select(clip => (clip.GetProperty("file").GetString()!, clip.GetProperty("start").GetDouble(), clip.GetProperty("end").GetDouble())));
        List<string> table = [.. File.ReadAllLines(_folder.File("all.csv")).Skip(1)];
        for (int clip = 0; clip < clips.Length; clip++)
        {
            float[] vector = [.. set.Values(0, clip)];
            double[] cosines = [.. classes.Select(of => of.Zip(vector, (a, b) => a * b).Sum())];
            double sum = cosines.Sum(cosine => Math.Exp(scale * cosine));
            int[] order = [.. Enumerable.Range(0, cosines.Length).OrderByDescending(k => cosines[k])];
            JsonElement[] likely = [.. clips[clip].GetProperty("label").EnumerateArray()];
            Assert.Equal(order, likely.Select(each => each.GetProperty("number").GetInt32()));
            Assert.Equal(order.Select(k => s_labels[k]), likely.Select(each => each.GetProperty("class").GetString()));
            for (int rank = 0; rank < order.Length; rank++)
            {
                Assert.Equal(cosines[order[rank]], likely[rank].GetProperty("cosine").GetDouble(), 2e-6);
                Assert.Equal(Math.Exp(scale * cosines[order[rank]]) / sum, likely[rank].GetProperty("probability").GetDouble(), 1e-5);
            }

            Assert.Contains(table, line => line.StartsWith(set.Rows[clip].File, StringComparison.Ordinal)
                && line.Contains($",label,1,{s_labels[order[0]]},{order[0]},", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_classifier_tells_its_own_classes_and_takes_their_names_from_a_file()
    {
        Assert.SkipUnless(videos.Reason.Length == 0, videos.Reason);
        using (CpuDevice device = new(1))
        using (VideoClassifier model = VideoClassifier.Create(new VideoClassifierConfig { Vision = TinyEncoder.Vision, Heads = [new ClassifierHead("action", 4)] }, device, seed: 2))
        {
            Checkpoint.Save(Weights, model);
        }

        ProcessResult result = await ClassifyAsync(videos.Path("a.mp4"), "--labels", Labels(), "--top", "2", "--output", _folder.File("all.jsonl"));
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("not calibrated", result.Output, StringComparison.Ordinal);
        JsonElement line = JsonDocument.Parse(Assert.Single(File.ReadAllLines(_folder.File("all.jsonl")))).RootElement;
        Assert.Equal((0, 10), (line.GetProperty("start").GetDouble(), line.GetProperty("end").GetDouble()));
        ProcessResult embedded = await AvionProgram.RunAsync("embed", Weights, "--video", videos.Path("a.mp4"), "--json", "--device", "cpu");
        double[] logits = [.. JsonDocument.Parse(embedded.Output).RootElement.GetProperty("clips")[0].GetProperty("action").EnumerateArray().Select(value => value.GetDouble())];
        int best = Array.IndexOf(logits, logits.Max());
        JsonElement first = line.GetProperty("action")[0];
        Assert.Equal((best, s_labels[best]), (first.GetProperty("number").GetInt32(), first.GetProperty("class").GetString()));
        Assert.Equal(1 / logits.Sum(logit => Math.Exp(logit - logits[best])), first.GetProperty("probability").GetDouble(), 1e-5);
        Assert.Equal(2, line.GetProperty("action").GetArrayLength());

        ProcessResult extracted = await AvionProgram.RunAsync("extract", Weights, videos.Path("a.mp4"), "--output", _folder.File("features"), "--device", "cpu", "--predictions");
        Assert.True(extracted.ExitCode == 0, extracted.Error);
        JsonElement predicted = JsonDocument.Parse(Assert.Single(File.ReadAllLines(_folder.File("features", "predictions.jsonl")))).RootElement;
        Assert.Equal((10, 4), (predicted.GetProperty("end").GetDouble(), predicted.GetProperty("action").GetArrayLength()));

        File.WriteAllText(_folder.File("three.txt"), "a\nb\nc\n");
        ProcessResult few = await ClassifyAsync(videos.Path("a.mp4"), "--labels", _folder.File("three.txt"));
        Assert.Equal(2, few.ExitCode);
        Assert.Contains("name 3 classes, expected 4", few.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await ClassifyAsync(videos.Path("a.mp4"), "--templates", "egocentric")).ExitCode);
        Assert.Equal(2, (await ClassifyAsync(videos.Path("a.mp4"), "--output", _folder.File("all.jsonl"))).ExitCode);
    }

    [Fact]
    public async Task What_is_wrong_with_labels_is_told_by_line_and_what_cannot_be_is_refused()
    {
        _ = SaveEncoder();
        File.WriteAllText(_folder.File("odd.txt"), "in\n\nIN\na b c d e f g h i j k\n");
        ProcessResult odd = await ClassifyAsync(videos.Path("a.mp4"), "--labels", _folder.File("odd.txt"), "--templates", "{}");
        Assert.True(odd.ExitCode == 0, odd.Error);
        Assert.Contains("line 3: 'IN' stands on line 1 already", odd.Error, StringComparison.Ordinal);
        Assert.Contains("line 2 is empty", odd.Error, StringComparison.Ordinal);
        Assert.Contains("line 4: The text 'a b c d e f g h i j k' has 13 tokens, the model reads 8", odd.Error, StringComparison.Ordinal);
        Assert.Contains("--labels FILE", (await Refused(videos.Path("a.mp4"))).Error, StringComparison.Ordinal);
        Assert.Contains("--labels is given 2 times",
            (await Refused(videos.Path("a.mp4"), "--labels", Labels(), "--labels", Labels())).Error, StringComparison.Ordinal);
        Assert.Contains("--precision is 'fp8', expected one of auto, bf16, float32, tf32",
            (await Refused(videos.Path("a.mp4"), "--labels", Labels(), "--precision", "fp8")).Error, StringComparison.Ordinal);
        Assert.Contains("nothing to classify", (await Refused("--labels", Labels())).Error, StringComparison.Ordinal);
        Assert.Contains("expected texts such as", (await Refused(videos.Path("a.mp4"), "--labels", Labels(), "--templates", "no place", "--templates", "{}")).Error, StringComparison.Ordinal);
        Assert.Contains("has no {}", (await Refused(videos.Path("a.mp4"), "--labels", Labels(), "--templates", "no braces")).Error, StringComparison.Ordinal);
        Assert.Contains("there is no file of that name", (await Refused(videos.Path("a.mp4"), "--labels", Labels(), "--templates", "no braces")).Error, StringComparison.Ordinal);
        Assert.Contains("--templates takes one text", (await Refused("--labels", Labels(), "--templates", "a {}", "the {}", videos.Path("a.mp4"))).Error, StringComparison.Ordinal);
        File.WriteAllText(_folder.File("wrong.txt"), "\n#C {}\nno place\n");
        Assert.Contains("line 3: 'no place' has no {}", (await Refused(videos.Path("a.mp4"), "--labels", Labels(), "--templates", _folder.File("wrong.txt"))).Error, StringComparison.Ordinal);
        Assert.Contains("--window 4s", (await Refused(videos.Path("a.mp4"), "--labels", Labels(), "--follow")).Error, StringComparison.Ordinal);
        Assert.Contains("give --follow too", (await Refused(videos.Path("a.mp4"), "--labels", Labels(), "--idle-timeout", "1s")).Error, StringComparison.Ordinal);
        Assert.Contains(".csv or .jsonl", (await Refused(videos.Path("a.mp4"), "--labels", Labels(), "--output", _folder.File("x.txt"))).Error, StringComparison.Ordinal);

        async Task<ProcessResult> Refused(params string[] arguments)
        {
            ProcessResult result = await ClassifyAsync(arguments);
            Assert.Equal(2, result.ExitCode);
            return result;
        }
    }

    [Fact]
    public async Task Videos_may_follow_the_options_and_templates_of_a_file_are_those_of_the_command_line()
    {
        _ = SaveEncoder();
        File.WriteAllText(_folder.File("templates.txt"), "\uFEFF#C C {}\n# a comment\n\n#C {}\n#c {}\n");
        string[] rest = [videos.Path("a.mp4"), "--json"];
        ProcessResult file = await ClassifyAsync(["--labels", Labels(), "--templates", _folder.File("templates.txt"), .. rest]);
        ProcessResult words = await ClassifyAsync(["--labels", Labels(), "--templates", "#C C {}", "--templates", "#C {}", .. rest]);
        Assert.True(file.ExitCode == 0, file.Error);
        Assert.Equal(words.Output, file.Output);
        Assert.Contains("line 5: '#c {}' stands on line 4 already", file.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Following_gives_a_line_for_each_window_with_the_labels_of_the_finished_files()
    {
        _ = SaveEncoder();
        string seen = _folder.File("camera");
        Directory.CreateDirectory(seen);
        byte[] whole = await File.ReadAllBytesAsync(videos.Path("deep/b.mkv"), TestContext.Current.CancellationToken);
        string[] arguments = ["--window", "1s", "--labels", Labels(), "--top", "2", "--json"];
        File.Copy(videos.Path("a.mp4"), Path.Combine(seen, "segment1.mp4"));
        Task<ProcessResult> following = ClassifyAsync([seen, "--follow", "--idle-timeout", "4s", "--settle", "2s", .. arguments]);
        await File.WriteAllTextAsync(Path.Combine(seen, "segment2.mp4"), "no video", TestContext.Current.CancellationToken);
        await using (FileStream growing = new(Path.Combine(seen, "segment10.mkv"), FileMode.Create, FileAccess.Write, FileShare.ReadWrite))
        {
            for (int at = 0; at < whole.Length; at += 700)
            {
                await growing.WriteAsync(whole.AsMemory(at, Math.Min(700, whole.Length - at)), TestContext.Current.CancellationToken);
                await growing.FlushAsync(TestContext.Current.CancellationToken);
                await Task.Delay(20, TestContext.Current.CancellationToken);
            }
        }

        ProcessResult followed = await following;
        Assert.True(followed.ExitCode == 1, followed.Error);
        ProcessResult finished = await ClassifyAsync([Path.Combine(seen, "segment1.mp4"), Path.Combine(seen, "segment10.mkv"), .. arguments]);
        JsonElement[] expected = [.. JsonDocument.Parse(finished.Output).RootElement.GetProperty("clips").EnumerateArray()];
        JsonElement[] lines = [.. followed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal("segment2.mp4", Path.GetFileName(Assert.Single(lines, line => line.TryGetProperty("reason", out _)).GetProperty("file").GetString()));
        JsonElement[] good = [.. lines.Where(line => !line.TryGetProperty("reason", out _))];
        Assert.Equal(expected.Select(Place), good.Select(Place));
        Assert.Equal(13, good.Length);
        for (int i = 0; i < good.Length; i++)
        {
            Assert.Equal(expected[i].GetProperty("label")[0].GetProperty("number").GetInt32(), good[i].GetProperty("label")[0].GetProperty("number").GetInt32());
            Assert.Equal(expected[i].GetProperty("label")[0].GetProperty("cosine").GetDouble(), good[i].GetProperty("label")[0].GetProperty("cosine").GetDouble(), 1e-5);
        }

        static string Place(JsonElement clip) => FormattableString.Invariant(
            $"{Path.GetFileName(clip.GetProperty("file").GetString())} {clip.GetProperty("start").GetDouble():0.###}-{clip.GetProperty("end").GetDouble():0.###}");
    }

    private string Weights => _folder.File("model.safetensors");

    private Task<ProcessResult> ClassifyAsync(params string[] arguments) =>
        AvionProgram.RunAsync(["classify", Weights, .. arguments, "--device", "cpu"]);

    private string Labels()
    {
        File.WriteAllText(_folder.File("labels.txt"), string.Join('\n', s_labels));
        return _folder.File("labels.txt");
    }

    /// <summary>The mean of each label's vectors over the templates, scaled to length one, from what the program prints for single texts.</summary>
    private async Task<double[][]> ClassVectorsAsync(params string[] templates)
    {
        string[] texts = [.. s_labels.SelectMany(label => templates.Select(template => template.Replace("{}", label.Replace('_', ' '), StringComparison.Ordinal)))];
        ProcessResult result = await AvionProgram.RunAsync(["embed", Weights, .. texts.SelectMany(text => (string[])["--text", text]), "--json", "--device", "cpu"]);
        Assert.True(result.ExitCode == 0, result.Error);
        double[][] vectors = [.. JsonDocument.Parse(result.Output).RootElement.GetProperty("texts").EnumerateArray()
            .Select(text => text.GetProperty("embedding").EnumerateArray().Select(value => value.GetDouble()).ToArray())];
        return [.. vectors.Chunk(templates.Length).Select(of =>
        {
            double[] sum = [.. Enumerable.Range(0, Size).Select(i => of.Sum(vector => vector[i]))];
            double length = Math.Sqrt(sum.Sum(value => value * value));
            return sum.Select(value => value / length).ToArray();
        })];
    }

    private double SaveEncoder()
    {
        Assert.SkipUnless(videos.Reason.Length == 0, videos.Reason);

        // 514 tokens: one merge more than bytes, ends of words and the two marks.
        File.WriteAllText(_folder.File("vocabulary.txt"), "version\ni n</w>\n");
        using CpuDevice device = new(1);
        using DualEncoder model = TinyEncoder.Create(device, vocabularySize: 515);
        Checkpoint.Save(Weights, model);
        float[] scale = new float[1];
        device.Download(model.LogitScale.Master, scale);
        return Math.Exp(scale[0]);
    }
}
