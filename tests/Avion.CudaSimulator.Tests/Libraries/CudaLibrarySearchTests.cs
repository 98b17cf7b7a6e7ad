namespace Avion.CudaSimulator.Tests;

/// <summary>Where NVIDIA's libraries are looked for.</summary>
public sealed class CudaLibrarySearchTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Folders_are_tried_in_the_documented_order_and_the_newest_of_each_kind_first()
    {
        string[] expected =
        [
            Place("chosen/libcublasLt.so.12"),
            "libcublasLt.so.13", "libcublasLt.so.12", "libcublasLt.so",
            Place("opt/cuda/lib64/libcublasLt.so.12"),
            Place("usr/local/cuda/targets/x86_64-linux/lib/libcublasLt.so.13"),
            Place("usr/local/cuda-12.10/lib64/libcublasLt.so.12"),
            Place("usr/local/cuda-12.9/lib64/libcublasLt.so.12"),
            Place("venv/lib/python3.12/site-packages/nvidia/cu13/lib/libcublasLt.so.13"),
            Place("venv/lib/python3.12/site-packages/nvidia/cublas/lib/libcublasLt.so.12"),
            Place("usr/local/lib/python3.11/dist-packages/nvidia/cublas/lib/libcublasLt.so.12"),
            Place("home/.local/lib/python3.9/site-packages/nvidia/cublas/lib/libcublasLt.so.12"),
        ];
        CudaLibrarySearch libraries = With(("AVION_CUDA_LIBRARIES", $"{_root.FullName}/absent:{_root.FullName}/chosen"), ("CUDA_PATH", $"{_root.FullName}/opt/cuda"),
            ("VIRTUAL_ENV", $"{_root.FullName}/venv"), ("HOME", $"{_root.FullName}/home"));
        Assert.Equal(expected, libraries.Candidates(CudaLibrary.CublasLt));
    }

    [Theory]
    [InlineData(12, false)]
    [InlineData(13, true)]
    public void A_library_that_is_newer_than_the_drivers_CUDA_is_not_tried(int cuda, bool isTried)
    {
        string newer = Place("usr/local/cuda-13.0/lib64/libcublasLt.so.13"), older = Place("usr/local/cuda-12.8/lib64/libcublasLt.so.12");
        string[] candidates = [.. With().Candidates(CudaLibrary.CublasLtFor(new Version(cuda, 1)))];
        Assert.Equal((isTried, true), (candidates.Contains(newer), candidates.Contains(older)));
    }

    [Fact]
    public void Parts_of_the_driver_are_not_looked_for_among_Pythons_packages()
    {
        Place("venv/lib/python3.12/site-packages/nvidia/cublas/lib/libcuda.so.1");
        string ofContainers = Place("usr/local/nvidia/lib64/libcuda.so.1"), ofWindows = Place("usr/lib/wsl/lib/libcuda.so.1");
        Assert.Equal(["libcuda.so.1", "libcuda.so", ofContainers, ofWindows],
            With(("VIRTUAL_ENV", $"{_root.FullName}/venv")).Candidates(CudaLibrary.Driver));
    }

    [Fact]
    public void A_library_that_is_nowhere_or_cannot_be_opened_is_told_in_a_sentence()
    {
        CudaLibrary absent = CudaLibrary.Nccl with { Files = ["libnccl-absent.so.2"] };
        Assert.False(With().TryOpen(absent, out CudaFunctions? none, out string missing));
        Assert.Null(none);
        Assert.Equal("There is no NCCL on this machine (libnccl-absent.so.2 cannot be opened). Install NCCL 2, or `pip install nvidia-nccl-cu12`, "
            + "or name the folder in AVION_CUDA_LIBRARIES; or train on one GPU.", missing);

        string broken = Place("chosen/libnccl-absent.so.2");
        CudaLibrarySearch libraries = With(("AVION_CUDA_LIBRARIES", Path.GetDirectoryName(broken)!));
        Assert.Contains($"on this machine ({broken} cannot be opened). Install",
            Assert.Throws<DllNotFoundException>(() => libraries.Open(absent)).Message);
    }

    [Fact]
    public void A_file_that_cannot_be_opened_does_not_end_the_search()
    {
        Place("chosen/libc.so.6");
        CudaLibrarySearch libraries = With(("AVION_CUDA_LIBRARIES", $"{_root.FullName}/chosen"));
        Assert.True(libraries.TryOpen(CudaLibrary.Nvml with { Files = ["libc.so.6"] }, out CudaFunctions? functions, out _));
        Assert.Equal("libc.so.6", functions!.Source);
        Assert.NotEqual(0, functions.Find("strlen"));
        Assert.Equal(0, functions.Find("nvmlInit_v2"));
    }

    private CudaLibrarySearch With(params (string Name, string Value)[] variables) =>
        new(name => variables.FirstOrDefault(variable => variable.Name == name).Value, _root.FullName);

    private string Place(string path)
    {
        string file = Path.Combine(_root.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, "not a library");
        return file;
    }
}
