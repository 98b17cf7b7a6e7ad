using System.Net;
using System.Net.Http;
using System.Text.RegularExpressions;

namespace Avion.App.Tests;

/// <summary>The one file that carries the program to machines without .NET: small, and nothing that it needs is trimmed away.</summary>
public sealed class SingleFileTests
{
    private const long MostBytes = 40_000_000;

    [Fact]
    public async Task It_is_small_and_does_what_the_program_does()
    {
        using TemporaryFolder folder = new();
        ProcessResult built = await ChildProcess.RunAsync(Repository.Path("tools", "single-file.sh"), [folder.FullName], timeoutSeconds: 540);
        Assert.SkipWhen(built.ExitCode != 0 && built.Error.Contains("error NU1", StringComparison.Ordinal),
            "the runtime's package cannot be had: " + built.Error);
        Assert.True(built.ExitCode == 0, built.Error);
        string program = folder.File("avion");
        Assert.InRange(new FileInfo(program).Length, 1_000_000, MostBytes);

        // It must not find the machine's .NET.
        Dictionary<string, string?> environment = new() { ["DOTNET_ROOT"] = "/nowhere" };
        Dictionary<string, string?> ofProgram = [];
        foreach (string command in (string[])
        [
            "--version", "doctor --json", "gpu-check", $"train --dry-run {Repository.Path("recipes", "demo.yaml")}",
            $"plan {Repository.Path("recipes", "lavila-vitb16.yaml")} --json", "train recipe-that-is-not-there.yaml",
        ])
        {
            ProcessResult actual = await ChildProcess.RunAsync(program, command.Split(' '), folder.FullName, environment);
            ProcessResult expected =
                await ChildProcess.RunAsync("dotnet", [AvionProgram.FullPath, .. command.Split(' ')], folder.FullName, ofProgram);
            Assert.Equal((expected.ExitCode, expected.Error), (actual.ExitCode, actual.Error));
            Assert.Equal(expected.Output, actual.Output);
        }

        await AssertTheBoardServesEverything(program, folder, environment);
    }

    /// <summary>The board's server, its answers and a model's clips survive trimming.</summary>
    private static async Task AssertTheBoardServesEverything(string program, TemporaryFolder folder, Dictionary<string, string?> environment)
    {
        bool canDecode = FfmpegProgram.Examine().Found && FfmpegDecoder.Examine().Found;
        if (canDecode)
        {
            ProcessResult demo = await ChildProcess.RunAsync(program, ["demo", "--quick", "--output", folder.File("runs", "demo")], folder.FullName, environment);
            Assert.True(demo.ExitCode == 0, demo.Error);
        }
        else
        {
            Directory.CreateDirectory(folder.File("runs", "demo"));
            File.WriteAllText(folder.File("runs", "demo", "log.jsonl"), "");
        }

        await using BoardProcess board = await BoardProcess.StartAsync(program, ["board", folder.File("runs"), "--port", "0"], folder.FullName, environment);
        string page = await board.Client.GetStringAsync("/");
        foreach (Match file in Regex.Matches(page, "(?:src|href)=\"(/[^\"]+)\""))
        {
            Assert.NotEmpty(await board.Client.GetByteArrayAsync(file.Groups[1].Value));
        }

        string id = (await board.GetAsync("/api/runs")).GetProperty("runs")[0].GetProperty("id").GetString()!, clips = $"/api/runs/{id}/clips";
        Assert.Equal(JsonValueKind.Array, (await board.GetAsync($"/api/runs/{id}")).GetProperty("charts").ValueKind);
        Assert.Equal(1, (await board.GetAsync($"/api/compare?run={id}")).GetProperty("runs").GetArrayLength());
        if (!canDecode)
        {
            return;
        }

        using HttpRequestMessage open = new(HttpMethod.Post, clips);
        open.Headers.Add("X-Avion-Board", "1");
        (await board.Client.SendAsync(open)).EnsureSuccessStatusCode();
        JsonElement state = await board.GetAsync(clips);
        for (int tries = 0; state.GetProperty("word").GetString() == "working" && tries < 300; tries++)
        {
            await Task.Delay(200);
            state = await board.GetAsync(clips);
        }

        Assert.True(state.GetProperty("word").GetString() == "ready", state.ToString());
        Assert.NotEqual(0, (await board.GetAsync($"{clips}/rankings?show=mistakes")).GetProperty("rows").GetArrayLength());
        Assert.Equal(state.GetProperty("clips").GetInt32(), (await board.GetAsync($"{clips}/map")).GetProperty("points").GetArrayLength());
        Assert.Equal(12, (await board.GetAsync($"{clips}/search?q=a+red+ring")).GetProperty("hits").GetArrayLength());
        // JPEG, or PNG where there are few colours or no encoder.
        byte[] picture = await board.Client.GetByteArrayAsync($"{clips}/0/picture");
        Assert.True(picture is [0xFF, 0xD8, 0xFF, ..] or [0x89, (byte)'P', (byte)'N', (byte)'G', ..], Convert.ToHexString(picture, 0, 4));
        Assert.True((await board.GetAsync($"{clips}/0/times")).GetProperty("is_playable").GetBoolean());
        using HttpRequestMessage part = new(HttpMethod.Get, $"{clips}/0/video");
        part.Headers.Range = new(4, 7);
        HttpResponseMessage sent = await board.Client.SendAsync(part);
        Assert.Equal((HttpStatusCode.PartialContent, "ftyp"), (sent.StatusCode, await sent.Content.ReadAsStringAsync()));
    }
}
