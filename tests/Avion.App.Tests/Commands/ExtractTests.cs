using System.Buffers.Binary;
using System.Diagnostics;

namespace Avion.App.Tests;

/// <summary>`avion extract` on a folder as users have them.</summary>
public sealed class ExtractTests(MixedVideos videos) : IClassFixture<MixedVideos>, IDisposable
{
    private const int Size = TinyEncoder.EmbeddingSize;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_folder_with_bad_files_gives_named_rows_and_exit_code_1_in_every_form()
    {
        Save();
        ProcessResult npy = await ExtractAsync("npy", videos.Root, "--window", "4s", "--every", "2s", "--json");
        Assert.Equal(1, npy.ExitCode);
        JsonElement json = JsonDocument.Parse(npy.Output).RootElement;
        Assert.Equal((6, 7, 7, 3), (json.GetProperty("videos").GetInt32(), json.GetProperty("clips").GetInt32(), json.GetProperty("rows").GetInt32(),
            json.GetProperty("bad_videos").GetInt32()));
        JsonElement[] rows = Lines("npy/clips.jsonl");
        Assert.Equal(["a 0-4", "a 2-6", "a 4-8", "a 6-10", "b 0-3", "long 0-4", "long 1-5"], rows.Select(row =>
            FormattableString.Invariant($"{Path.GetFileNameWithoutExtension(row.GetProperty("file").GetString())} {row.GetProperty("start").GetDouble()}-{row.GetProperty("end").GetDouble()}")));
        Assert.Equal(MixedVideos.Bad, Lines("npy/failures.jsonl").Select(row => Path.GetFileName(row.GetProperty("file").GetString())));
        float[] values = Matrix("npy/clips.npy", 7);
        ProcessResult single = await AvionProgram.RunAsync("embed", Weights, "--video", videos.Path("a.mp4"), "--from", "2", "--to", "6", "--json");
        float[] expected = [.. JsonDocument.Parse(single.Output).RootElement.GetProperty("clips")[0].GetProperty("embedding").EnumerateArray()
            .Select(value => value.GetSingle())];
        Assert.All(expected, (value, i) => Assert.Equal(value, values[Size + i], 1e-5f));

        Assert.Equal(1, (await ExtractAsync("tensors", videos.Root, "--window", "4s", "--every", "2s", "--format", "safetensors")).ExitCode);
        FeatureSet set = FeatureSet.Read(_folder.File("tensors", "clips.safetensors"));
        Assert.Equal(values, set.Values().ToArray());
        Assert.Equal(FeatureSet.Read(_folder.File("npy")).Rows, set.Rows);
        Assert.Equal(1, (await ExtractAsync("table", videos.Root, "--window", "4s", "--every", "2s", "--format", "parquet")).ExitCode);
        byte[] table = File.ReadAllBytes(_folder.File("table", "clips.parquet"));
        Assert.Equal("PAR1PAR1", Encoding.ASCII.GetString([.. table[..4], .. table[^4..]]));
    }

    [Fact]
    public async Task A_bad_file_does_not_keep_embed_from_the_others()
    {
        Save();
        ProcessResult result = await AvionProgram.RunAsync("embed", Weights, "--video", videos.Path("words.mp4"), "--video", videos.Path("a.mp4"), "--json");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("words.mp4", result.Error, StringComparison.Ordinal);
        Assert.EndsWith("a.mp4", JsonDocument.Parse(result.Output).RootElement.GetProperty("clips").EnumerateArray().Single().GetProperty("name").GetString());
    }

    [Fact]
    public async Task Embed_takes_folders_and_windows_and_writes_what_extract_writes()
    {
        Save();
        string[] arguments = [videos.Root, "--window", "4s", "--every", "2s"];
        Assert.Equal(1, (await ExtractAsync("extracted", arguments)).ExitCode);
        ProcessResult embedded = await AvionProgram.RunAsync(["embed", Weights, .. arguments, "--output", _folder.File("embedded"), "--device", "cpu"]);
        Assert.True(embedded.ExitCode == 1, embedded.Error);
        Assert.All(MixedVideos.Bad, name => Assert.Contains(name, embedded.Error, StringComparison.Ordinal));
        foreach (string name in (string[])["clips.npy", "clips.jsonl", "failures.jsonl"])
        {
            Assert.Equal(File.ReadAllBytes(_folder.File("extracted", name)), File.ReadAllBytes(_folder.File("embedded", name)));
        }

        ProcessResult empty = await AvionProgram.RunAsync("embed", Weights, "--text", " ", "--device", "cpu");
        Assert.Equal(2, empty.ExitCode);
        Assert.Contains("--text is empty", empty.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_killed_run_goes_on_to_the_same_bytes_and_other_settings_are_refused()
    {
        Save();
        string[] arguments = [videos.Path("a.mp4"), videos.Path("long.mp4"), "--window", "1s", "--every", "40ms", "--batch-size", "4"];
        Assert.Equal(0, (await ExtractAsync("whole", arguments)).ExitCode);
        ProcessStartInfo start = new("dotnet", [AvionProgram.FullPath, "extract", Weights, .. arguments, "--output", _folder.File("killed")])
        {
            RedirectStandardError = true, RedirectStandardOutput = true,
        };
        using (Process killed = Process.Start(start)!)
        {
            string partial = _folder.File("killed", "clips.npy.partial");
            for (int wait = 0; wait < 3000 && !File.Exists(partial) && !killed.HasExited; wait++)
            {
                await Task.Delay(5);
            }

            killed.Kill();
            await killed.WaitForExitAsync();
        }

        // No file is there but those that the next run goes on with; what others left is not taken for its own.
        Assert.DoesNotContain(Directory.GetFiles(_folder.File("killed")), path => Path.GetFileName(path).StartsWith("predictions", StringComparison.Ordinal));
        File.WriteAllText(_folder.File("killed", "predictions.jsonl.partial"), "{}\n");
        ProcessResult rest = await ExtractAsync("killed", arguments);
        Assert.True(rest.ExitCode == 0, rest.Error);
        Assert.Equal(["clips.jsonl", "clips.npy", "extract.json"], Directory.GetFiles(_folder.File("killed")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(File.ReadAllBytes(_folder.File("whole", "clips.npy")), File.ReadAllBytes(_folder.File("killed", "clips.npy")));
        Assert.Equal(File.ReadAllText(_folder.File("whole", "clips.jsonl")), File.ReadAllText(_folder.File("killed", "clips.jsonl")));
        ProcessResult other = await ExtractAsync("whole", [.. arguments, "--crops", "3"]);
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("what differs is views", other.Error, StringComparison.Ordinal);
        Assert.Contains("nothing left", (await ExtractAsync("whole", arguments)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_holds_other_files_is_refused_before_anything_is_read()
    {
        Save();
        string own = _folder.File("mine");
        Directory.CreateDirectory(own);
        File.Copy(videos.Path("a.mp4"), Path.Combine(own, "a.mp4"));
        ProcessResult refused = await ExtractAsync("mine", own);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("holds 'a.mp4', which the command did not make: name a folder of its own", refused.Error, StringComparison.Ordinal);
        Assert.Equal(["a.mp4"], Directory.GetFileSystemEntries(own).Select(Path.GetFileName));
        ProcessResult embedded = await AvionProgram.RunAsync("embed", Weights, own, "--output", own, "--device", "cpu");
        Assert.Equal((2, 1), (embedded.ExitCode, Directory.GetFileSystemEntries(own).Length));
        ProcessResult forced = await ExtractAsync("mine", own, "--force");
        Assert.True(forced.ExitCode == 0, forced.Error);
        Assert.Equal(0, (await ExtractAsync("mine", own)).ExitCode);
        JsonElement row = Assert.Single(Lines("mine/clips.jsonl"));
        Assert.Equal((0, 10), (row.GetProperty("start").GetDouble(), row.GetProperty("end").GetDouble()));
    }

    [Fact]
    public async Task Names_that_are_not_UTF_8_are_listed_and_the_others_go_on()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "names are bytes on Linux alone");
        Save();
        Directory.CreateDirectory(_folder.File("raw"));
        File.Copy(videos.Path("a.mp4"), _folder.File("raw", "a.mp4"));
        ProcessResult made = await ChildProcess.RunAsync("bash", ["-c", "cp a.mp4 $'raw\\xff.mp4'; mkdir $'sub\\xfe'; cp a.mp4 $'sub\\xfe/b.mp4'"], _folder.File("raw"));
        Assert.Equal((0, ""), (made.ExitCode, made.Error));
        File.WriteAllText(_folder.File("labels.txt"), "in\nout\n");
        File.WriteAllText(_folder.File("vocabulary.txt"), "#version: 0.2\n" + string.Concat(Enumerable.Range(0, 86).Select(i => $"{(char)('a' + (i / 26))} {(char)('a' + (i % 26))}\n")));
        try
        {
            foreach (string[] arguments in (string[][])
            [
                ["extract", Weights, _folder.File("raw"), "--output", _folder.File("features")], ["extract", Weights, _folder.File("raw"), "--window", "2s", "--output", _folder.File("cut")],
                ["search", Weights, "in", _folder.File("raw")], ["classify", Weights, _folder.File("raw"), "--labels", _folder.File("labels.txt")],
                ["embed", Weights, _folder.File("raw")],
            ])
            {
                ProcessResult result = await AvionProgram.RunAsync([.. arguments, "--device", "cpu", "--json"], null, timeoutSeconds: 60);
                Assert.True(result.ExitCode == 1, $"{arguments[0]}: {result.Error}");
                JsonElement failure = Assert.Single(JsonDocument.Parse(result.Output).RootElement.GetProperty("failures").EnumerateArray());
                Assert.Contains("raw\uFFFD.mp4': its name is not UTF-8; rename it", failure.GetProperty("reason").GetString()!, StringComparison.Ordinal);
                Assert.Contains("sub\uFFFD': its name is not UTF-8; rename it", result.Error, StringComparison.Ordinal);
            }

            // A folder that cannot be listed is reason enough.
            _ = await ChildProcess.RunAsync("bash", ["-c", "rm $'raw\\xff.mp4'"], _folder.File("raw"));
            Assert.Equal(1, (await ExtractAsync("rest", _folder.File("raw"))).ExitCode);
            Assert.Single(Lines("rest/clips.jsonl"));
        }
        finally
        {
            // What cannot be opened by its name cannot be removed by it either.
            _ = await ChildProcess.RunAsync("rm", ["-r", _folder.File("raw")]);
        }
    }

    [Fact]
    public async Task Texts_that_are_cut_are_told_and_nothing_to_do_is_refused()
    {
        Save();
        File.WriteAllText(_folder.File("merges.txt"), "version\ni n</w>\n");
        File.WriteAllText(_folder.File("texts.txt"), "in\n\na b c d e f g h i j k\n");
        ProcessResult texts = await ExtractAsync("texts", "--texts", _folder.File("texts.txt"), "--vocabulary", _folder.File("merges.txt"));
        Assert.True(texts.ExitCode == 0, texts.Error);
        Assert.Contains("line 2 is empty; passed over", texts.Error, StringComparison.Ordinal);
        Assert.Contains("has 13 tokens, the model reads 8", texts.Error, StringComparison.Ordinal);
        _ = Matrix("texts/texts.npy", 2);
        Assert.Equal(["in", "a b c d e f g h i j k"], Lines("texts/texts.jsonl").Select(line => line.GetProperty("text").GetString()));
        Assert.Equal(0, (await ExtractAsync("texts", "--texts", _folder.File("texts.txt"), "--vocabulary", _folder.File("merges.txt"))).ExitCode);
        ProcessResult other = await ExtractAsync("texts", "--text", "in", "--vocabulary", _folder.File("merges.txt"));
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("lists other texts", other.Error, StringComparison.Ordinal);
        _ = Matrix("texts/texts.npy", 2);
        Assert.Equal(2, (await ExtractAsync("none")).ExitCode);
        Assert.Equal(2, (await ExtractAsync("none", _folder.File("gone.mp4"))).ExitCode);
        Assert.Equal(2, (await ExtractAsync("none", videos.Root, "--every", "often")).ExitCode);
    }

    private string Weights => _folder.File("model.safetensors");

    private Task<ProcessResult> ExtractAsync(string output, params string[] arguments) =>
        AvionProgram.RunAsync(["extract", Weights, .. arguments, "--output", _folder.File(output), "--device", "cpu"]);

    private JsonElement[] Lines(string name) => [.. File.ReadAllLines(_folder.File(name.Split('/'))).Select(line => JsonDocument.Parse(line).RootElement)];

    // By the format's description: magic, version, length of the header, header, values.
    private float[] Matrix(string name, int rows)
    {
        byte[] file = File.ReadAllBytes(_folder.File(name.Split('/')));
        int header = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(8));
        Assert.Equal(0, (10 + header) % 64);
        Assert.StartsWith($"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {Size}, ), }}", Encoding.ASCII.GetString(file, 10, header), StringComparison.Ordinal);
        float[] values = new float[rows * Size];
        Assert.Equal(10 + header + (values.Length * sizeof(float)), file.Length);
        Buffer.BlockCopy(file, 10 + header, values, 0, values.Length * sizeof(float));
        return values;
    }

    private void Save()
    {
        Assert.SkipUnless(videos.Reason.Length == 0, videos.Reason);
        TinyEncoder.Save(Weights);
    }
}
