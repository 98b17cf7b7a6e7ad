namespace Avion.App.Tests;

/// <summary>`avion bench extract`, some thousand clips of it.</summary>
public sealed class BenchExtractTests
{
    [Fact]
    public async Task Memory_stays_flat_a_kill_loses_nothing_and_bad_files_stop_nothing()
    {
        Finding program = FfmpegProgram.Examine(), libraries = FfmpegDecoder.Examine();
        Assert.SkipUnless(program.Found && libraries.Found, $"needs ffmpeg: {program.Detail}; {libraries.Detail}");
        using TemporaryFolder folder = new();
        ProcessResult result = await AvionProgram.RunAsync(
            "bench", "extract", "--clips", "4000", "--threads", "1", "--output", folder.File("soak"), "--json");
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        Assert.Contains(": 100 %", result.Error.TrimEnd().Split('\n')[^1], StringComparison.Ordinal);
        JsonElement root = JsonDocument.Parse(result.Output).RootElement;
        Assert.True(root.GetProperty("flat").GetBoolean());
        Assert.Empty(root.GetProperty("faults").EnumerateArray());
        Assert.Equal((4000, 3), (root.GetProperty("clips").GetInt32(), root.GetProperty("bad_videos").GetInt32()));
        Assert.Equal(4000, root.GetProperty("rows").GetInt32() + root.GetProperty("unreadable_clips").GetInt32());
        Assert.InRange(root.GetProperty("unreadable_clips").GetInt32(), 1, 100);
        Assert.InRange(root.GetProperty("resumed_clips").GetInt32(), 2000, 3999);
        Assert.InRange(root.GetProperty("managed_bytes_per_clip").GetDouble(), 1, 6000);

        // What was found stands in files that the command leaves.
        Assert.Equal(root.GetProperty("rows").GetInt32(), File.ReadLines(folder.File("soak", "killed", "clips.jsonl")).Count());
    }

    [Theory]
    [InlineData(0, 0, true)]
    [InlineData(12 << 20, 0, true)]
    [InlineData(14 << 20, 0, false)]
    [InlineData(0, 1, false)]
    public void Memory_or_files_that_grow_are_not_flat(long grownBytes, int grownFiles, bool expected)
    {
        ExtractionSample[] samples =
            [new(10, 1 << 20, 9), new(100, 100 << 20, 9), new(500, 120 << 20, 9), new(1000, (100 << 20) + grownBytes, 9 + grownFiles)];
        ExtractionSoakResult result = new(1000, 1000, 0, 0, 500, samples, 1, 1, 1, []);
        Assert.Equal(expected, result.IsFlat);
        Assert.Equal(120 << 20, result.PeakResidentBytes);
        Assert.False((result with { Samples = [] }).IsFlat);
        Assert.False((result with { Faults = ["one"] }).HasPassed);
    }

    [Fact]
    public async Task A_folder_of_the_users_own_is_left_alone()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("letter.txt"), "mine");
        Assert.Equal(2, (await AvionProgram.RunAsync("bench", "extract", "--output", folder.FullName)).ExitCode);
        Assert.Equal("mine", File.ReadAllText(folder.File("letter.txt")));
        Assert.Equal(2, (await AvionProgram.RunAsync("bench", "extract", "--clips", "10")).ExitCode);
    }
}
