using System.Text;

namespace Avion.Files.Tests;

public sealed class NumpyFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // NumPy evaluates the header as a literal of Python, whose commas at an end and blanks are the writer's choice.
    [Theory]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3),}")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3)}")]
    [InlineData("{'descr':'|u1','fortran_order':False,'shape':(2,3)}")]
    public void Headers_are_read_with_and_without_the_last_comma(string header)
    {
        (byte[] values, int[] shape) = NumpyFile.ReadBytes(Write(header));
        Assert.Equal([1, 2, 3, 4, 5, 6], values);
        Assert.Equal([2, 3], shape);
    }

    [Theory]
    [InlineData("{'descr': [('a', '|u1')], 'fortran_order': False, 'shape': (6,), }", "numpy.save")]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (6,), }", "does not hold uint8")]
    [InlineData("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", "row by row")]
    public void A_header_of_something_else_is_told_for_what_it_is(string header, string expected) =>
        Assert.Contains(expected, Assert.Throws<FileFaultException>(() => NumpyFile.ReadBytes(Write(header))).Message);

    [Fact]
    public async Task A_pipe_is_refused_and_not_waited_for()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs mkfifo");
        string path = _folder.File("pipe.npy");
        Assert.Equal(0, (await ChildProcess.RunAsync("mkfifo", [path])).ExitCode);
        Task<FileFaultException> refusal = Task.Run(() => Assert.Throws<FileFaultException>(() => NumpyFile.ReadBytes(path)));
        Assert.Contains("it is a pipe", (await refusal.WaitAsync(TimeSpan.FromSeconds(30))).Message);
    }

    private string Write(string header)
    {
        string path = _folder.File("x.npy");
        File.WriteAllBytes(path, [.. Encoding.Latin1.GetBytes("\u0093NUMPY\u0001\0\u0076\0" + header.PadRight(117) + "\n"), 1, 2, 3, 4, 5, 6]);
        return path;
    }
}
