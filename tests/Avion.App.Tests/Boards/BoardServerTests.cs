using System.Net;
using System.Net.Http;

namespace Avion.App.Tests;

/// <summary>What the board answers to requests, over a socket.</summary>
public sealed class BoardServerTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("avion-board-").FullName;
    private readonly HttpClient _client = new();
    private BoardServer _server = null!;

    private string Log => Path.Combine(_folder, "first", "log.jsonl");

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Log)!);
        File.WriteAllText(Path.Combine(_folder, "secret.txt"), "secret");
        File.WriteAllText(Log, Line("started", 0, "\"total_steps\":100", "\"name\":\"first\",\"task\":\"contrastive\"") + Line("step", 10, "\"loss\":2.5"));
        _server = await BoardServer.StartAsync(new BoardOptions { Runs = [_folder], Port = 0 });
        _client.BaseAddress = _server.Address;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_growing_log_is_followed_and_a_half_written_line_waits_for_its_end()
    {
        Assert.Equal(10, (await Run()).GetProperty("step").GetInt64());
        string next = Line("step", 20, "\"loss\":\"NaN\"");
        File.AppendAllText(Log, next[..20]);
        Assert.Equal(10, (await Run()).GetProperty("step").GetInt64());
        File.AppendAllText(Log, next[20..]);
        JsonElement grown = await Run();
        Assert.Equal(20, grown.GetProperty("step").GetInt64());
        Assert.Equal(JsonValueKind.Null, grown.GetProperty("spark")[1][1].ValueKind);
        Assert.Equal("running", grown.GetProperty("status").GetProperty("word").GetString());
        File.AppendAllText(Log, Line("ended", 20, "", "\"reason\":\"completed\""));
        Assert.Equal("completed", (await Run()).GetProperty("status").GetProperty("word").GetString());
    }

    [Fact]
    public async Task A_line_without_an_end_is_left_out_and_not_read_again()
    {
        using (FileStream log = new(Log, FileMode.Append))
        {
            byte[] part = new byte[1 << 20];
            part.AsSpan().Fill((byte)'x');
            for (int megabytes = 0; megabytes < 40; megabytes++)
            {
                log.Write(part);
            }
        }

        Assert.Equal((10, 0), StepAndDamage(await Run()));
        File.AppendAllText(Log, "x\n" + Line("step", 20, "\"loss\":1"));
        Assert.Equal((20, 1), StepAndDamage(await Run()));

        static (int, int) StepAndDamage(JsonElement run) => (run.GetProperty("step").GetInt32(), run.GetProperty("damaged_lines").GetInt32());
    }

    [Fact]
    public async Task A_run_that_never_wrote_a_line_is_prepared_at_first_and_silent_later()
    {
        File.WriteAllText(Log, "");
        Assert.Equal("preparing", (await Run()).GetProperty("status").GetProperty("word").GetString());
        File.SetLastWriteTimeUtc(Log, DateTime.UtcNow.AddMinutes(-6));
        JsonElement status = (await Run()).GetProperty("status");
        Assert.Equal("silent", status.GetProperty("word").GetString());
        Assert.Contains("killed before its first step", status.GetProperty("text").GetString());
    }

    [Fact]
    public async Task Of_runs_that_are_compared_every_metric_stands_that_either_wants_shown()
    {
        string other = Path.Combine(_folder, "second", "log.jsonl");
        Directory.CreateDirectory(Path.GetDirectoryName(other)!);
        File.WriteAllText(Log, Line("started", 0, "", "\"metric.map\":\"mAP\"") + Line("evaluation", 1, "\"map\":0.5,\"recall\":0.25"));
        File.WriteAllText(other, Line("started", 0, "", "\"metric.recall\":\"recall\"") + Line("evaluation", 1, "\"recall\":0.75"));
        using JsonDocument runs = JsonDocument.Parse(await _client.GetStringAsync("/api/runs"));
        string query = string.Join('&', runs.RootElement.GetProperty("runs").EnumerateArray().OrderBy(run => run.GetProperty("name").GetString())
            .Select(run => $"run={run.GetProperty("id").GetString()}"));
        using JsonDocument compared = JsonDocument.Parse(await _client.GetStringAsync($"/api/compare?{query}"));
        Assert.Equal(["mAP: 0.5 –", "recall: 0.25 0.75"], compared.RootElement.GetProperty("metrics").EnumerateArray().Select(metric =>
            $"{metric.GetProperty("title").GetString()}: " + string.Join(' ', metric.GetProperty("values").EnumerateArray().Select(value =>
                value.ValueKind == JsonValueKind.Null ? "–" : value.GetProperty("value").GetDouble().ToString(CultureInfo.InvariantCulture)))));
    }

    [Fact]
    public async Task Memory_is_called_as_the_plan_calls_it()
    {
        File.WriteAllText(Path.Combine(_folder, "first", "memory.json"), """{"parameter_bytes":1,"step_bytes":5,"scratch_bytes":3,"evaluation_bytes":4,"total_bytes":13}""");
        string id = (await Run()).GetProperty("id").GetString()!;
        using JsonDocument run = JsonDocument.Parse(await _client.GetStringAsync($"/api/runs/{id}"));
        Assert.Equal(["activations 5", "evaluation 4", "workspace 3", "weights 1"], run.RootElement.GetProperty("memory").EnumerateArray()
            .Select(part => $"{part.GetProperty("name").GetString()} {part.GetProperty("bytes").GetDouble()}"));
    }

    [Fact]
    public async Task A_log_that_is_replaced_is_read_anew_and_a_run_that_goes_is_gone()
    {
        await Run();
        File.WriteAllText(Log, Line("started", 0, "", "\"name\":\"other\"") + Line("step", 3, "\"loss\":1"));
        JsonElement other = await Run();
        Assert.Equal(("other", 3L), (other.GetProperty("title").GetString(), other.GetProperty("step").GetInt64()));
        Directory.Delete(Path.GetDirectoryName(Log)!, recursive: true);
        Assert.Equal(HttpStatusCode.NotFound, (await _client.GetAsync($"/api/runs/{other.GetProperty("id").GetString()}")).StatusCode);
    }

    [Fact]
    public async Task What_the_asker_has_is_not_sent_again()
    {
        HttpResponseMessage first = await _client.GetAsync("/api/runs");
        using HttpRequestMessage again = new(HttpMethod.Get, "/api/runs");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        Assert.Equal(HttpStatusCode.NotModified, (await _client.SendAsync(again)).StatusCode);
    }

    [Theory]
    [InlineData("Host", "evil.example")]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task Pages_of_other_sites_are_refused(string header, string value)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/runs");
        request.Headers.TryAddWithoutValidation(header, value);
        Assert.Equal(HttpStatusCode.Forbidden, (await _client.SendAsync(request)).StatusCode);
    }

    [Theory]
    [InlineData("/../secret.txt")]
    [InlineData("/%2e%2e/secret.txt")]
    [InlineData("/..%2fsecret.txt")]
    [InlineData("/api/runs/..%2f..%2fsecret.txt")]
    [InlineData("/api/runs/%2e%2e/clips/0/video")]
    [InlineData("/secret.txt")]
    public async Task No_path_leads_to_a_file(string path)
    {
        HttpResponseMessage answer = await _client.GetAsync(path);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.DoesNotContain("secret", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/", "text/html")]
    [InlineData("/board.js", "text/javascript")]
    [InlineData("/echarts.js", "text/javascript")]
    [InlineData("/board.css", "text/css")]
    public async Task The_page_and_its_parts_come_from_the_program_with_a_policy_of_itself_alone(string path, string type)
    {
        HttpResponseMessage answer = await _client.GetAsync(path);
        Assert.Equal(type, answer.Content.Headers.ContentType!.MediaType);
        Assert.StartsWith("default-src 'self'", answer.Headers.GetValues("Content-Security-Policy").Single());
        if (path != "/echarts.js")
        {
            Assert.DoesNotContain("https://", await answer.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task Clips_that_are_not_open_are_answered_with_what_to_do()
    {
        SlowOpener opener = new();
        await using BoardServer server = await BoardServer.StartAsync(new BoardOptions { Runs = [_folder], Port = 0, Galleries = opener });
        using HttpClient client = new() { BaseAddress = server.Address };
        using JsonDocument runs = JsonDocument.Parse(await client.GetStringAsync("/api/runs"));
        string clips = $"/api/runs/{runs.RootElement.GetProperty("runs")[0].GetProperty("id").GetString()}/clips";
        Assert.Contains("The clips of this run are not open. Open them first", await Conflict());
        client.DefaultRequestHeaders.Add("X-Avion-Board", "1");
        (await client.PostAsync(clips, null)).EnsureSuccessStatusCode();
        Assert.Contains("still being opened", await Conflict());
        opener.Fail();
        for (int wait = 0; wait < 1000 && (await client.GetStringAsync(clips)).Contains("working", StringComparison.Ordinal); wait++)
        {
            await Task.Delay(10);
        }

        Assert.Contains("no checkpoint", await Conflict());

        async Task<string> Conflict()
        {
            HttpResponseMessage answer = await client.GetAsync($"{clips}/map");
            Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
            return await answer.Content.ReadAsStringAsync();
        }
    }

    /// <summary>Opens nothing until it is told to, and fails then.</summary>
    private sealed class SlowOpener : IClipGalleryOpener
    {
        private readonly TaskCompletionSource _told = new();

        public IClipGallery Open(string runFolder, Action<double> progress, CancellationToken cancellation)
        {
            _told.Task.Wait(cancellation);
            throw new InvalidDataException("The run has no checkpoint.");
        }

        public void Fail() => _told.SetResult();
    }

    private async Task<JsonElement> Run()
    {
        using JsonDocument runs = JsonDocument.Parse(await _client.GetStringAsync("/api/runs"));
        return runs.RootElement.GetProperty("runs")[0].Clone();
    }

    private static string Line(string kind, int step, string values, string labels = "") =>
        $"{{\"time\":\"{DateTimeOffset.UtcNow:O}\",\"kind\":\"{kind}\",\"step\":{step},\"epoch\":0,\"values\":{{{values}}},\"labels\":{{{labels}}}}}\n";
}
