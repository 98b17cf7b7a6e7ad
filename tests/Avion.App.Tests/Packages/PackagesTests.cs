using System.IO.Compression;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Avion.App.Tests;

/// <summary>The packages hold what they should, and a program of somebody else's and a shell use them from a feed.</summary>
public sealed class PackagesTests(LocalFeed feed) : IClassFixture<LocalFeed>
{
    private static readonly string[] s_libraries =
        ["Avion", "Avion.Compute", "Avion.Data", "Avion.Files", "Avion.Models", "Avion.Telemetry", "Avion.Video"];

    [Fact]
    public void Each_library_and_the_program_is_a_package_and_nothing_else_is()
    {
        string[] expected = [.. s_libraries.Append("Avion.Tool").SelectMany(name => (string[])[$"{name}.{feed.Version}.nupkg", $"{name}.{feed.Version}.snupkg"])];
        Assert.Equal(expected.Order(StringComparer.Ordinal), Directory.GetFiles(feed.Packages).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        Assert.Equal(XDocument.Load(Repository.Path("Version.props")).Descendants("VersionPrefix").Single().Value, feed.Version);
    }

    [Fact]
    public void A_library_brings_its_documentation_its_licence_and_the_packages_it_needs()
    {
        foreach (string name in s_libraries)
        {
            string assembly = name == "Avion" ? "Avion.Training" : name;
            using ZipArchive package = ZipFile.OpenRead(Path.Combine(feed.Packages, $"{name}.{feed.Version}.nupkg"));
            string[] files = [.. package.Entries.Select(entry => entry.FullName)];
            Assert.Contains($"lib/net10.0/{assembly}.dll", files);
            Assert.Contains($"lib/net10.0/{assembly}.xml", files);
            Assert.All((string[])["README.md", "LICENSE", "NOTICE.md"], file => Assert.Contains(file, files));
            XElement metadata = XDocument.Load(package.GetEntry($"{name}.nuspec")!.Open()).Root!.Elements().First();
            Assert.Equal("MIT", Value("license"));
            Assert.False(string.IsNullOrEmpty(Value("description")));
            Assert.All((string[])["repository", "projectUrl"], element => Assert.DoesNotContain(element, metadata.Elements().Select(child => child.Name.LocalName)));
            IEnumerable<string> needed = metadata.Descendants().Where(element => element.Name.LocalName == "dependency").Select(element => element.Attribute("id")!.Value);
            Assert.All(needed, dependency => Assert.True(s_libraries.Contains(dependency) || dependency is "YamlDotNet" or "Parquet.Net", dependency));

            string Value(string element) => metadata.Elements().Single(child => child.Name.LocalName == element).Value;
        }
    }

    [Fact]
    public async Task The_program_is_installed_from_the_feed_and_looks_at_the_machine()
    {
        ProcessResult installed = await feed.RunAsync("tool", "install", "Avion.Tool", "--version", feed.Version, "--tool-path", feed.File("bin"),
            "--configfile", feed.File("NuGet.config"));
        Assert.True(installed.ExitCode == 0, installed.Output + installed.Error);
        ProcessResult doctor = await ChildProcess.RunAsync(feed.File("bin", "avion"), ["doctor", "--json"], feed.File());
        Assert.InRange(doctor.ExitCode, 0, 3);
        Assert.StartsWith(feed.Version, JsonDocument.Parse(doctor.Output).RootElement.GetProperty("version").GetString());
        ProcessResult refused = await ChildProcess.RunAsync(feed.File("bin", "avion"), ["train", "recipe-that-is-not-there.yaml"], feed.File());
        Assert.Equal(2, refused.ExitCode);
    }

    [Fact]
    public async Task A_program_of_somebody_elses_does_what_the_packages_say_in_their_READMEs()
    {
        Directory.CreateDirectory(feed.File("consumer"));
        string[] code = [.. ((string[])["Avion.Compute", "Avion.Video"]).Select(name => Repository.Path("src", name, "README.md")).SelectMany(CodeOf)];
        Regex import = new(@"^using [\w.]+;$");
        File.WriteAllText(feed.File("consumer", "Program.cs"), string.Join('\n', code.Where(line => import.IsMatch(line)).Append("using Avion.Training;")
            .Concat(code.Where(line => !import.IsMatch(line)))) + """

            float[] gradient = new float[2];
            device.Download(weight.Gradient, gradient);
            Console.WriteLine($"{gradient[0]} {gradient[1]} {pixels.Distinct().Count() > 1} {TrainingTasks.BuiltIn.Count > 0}");

            """);
        File.WriteAllText(feed.File("consumer", "consumer.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
              <ItemGroup><PackageReference Include="Avion" Version="{feed.Version}" /></ItemGroup>
            </Project>
            """);
        ProcessResult built = await feed.RunAsync("build", "consumer", "-v", "quiet", "-o", "consumer/out");
        Assert.True(built.ExitCode == 0, built.Output);
        ProcessResult made = await ChildProcess.RunAsync("ffmpeg",
            ["-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=2", "-pix_fmt", "yuv420p", feed.File("kitchen.mp4")]);
        Assert.SkipWhen(made.ExitCode != 0, "needs FFmpeg with an encoder for H.264: " + made.Error);
        ProcessResult result = await feed.RunAsync(feed.File("consumer", "out", "consumer.dll"));
        Assert.Equal("-7 -14 True True", result.Output.Trim());
    }

    private static IEnumerable<string> CodeOf(string document) => File.ReadLines(document)
        .SkipWhile(line => line != "```csharp").Skip(1).TakeWhile(line => line != "```");
}
