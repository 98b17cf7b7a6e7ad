namespace Avion.Compute;

/// <content>Graphs: the work of a stream, captured once and launched many times.</content>
public sealed unsafe partial class CudaDriver
{
    // Calls that capture cannot take are refused from any thread of the program.
    private const int CaptureGlobal = 0;

    private delegate* unmanaged<nint, int, int> _beginCapture;
    private delegate* unmanaged<nint, nint*, int> _endCapture;
    private delegate* unmanaged<nint*, nint, ulong, int> _instantiate;
    private delegate* unmanaged<nint, nint, int> _graphLaunch;
    private delegate* unmanaged<nint, int> _graphDestroy, _executableDestroy;

    /// <summary>From here on a stream's work is noted instead of done.</summary>
    internal void BeginCapture(nint stream) => Check(_beginCapture(stream, CaptureGlobal), "cuStreamBeginCapture");

    /// <summary>Ends noting, and makes what was noted ready to launch.</summary>
    internal nint EndCapture(nint stream)
    {
        nint graph, executable;
        Check(_endCapture(stream, &graph), "cuStreamEndCapture");
        try
        {
            Check(_instantiate(&executable, graph, 0), "cuGraphInstantiateWithFlags");
        }
        finally
        {
            Check(_graphDestroy(graph), "cuGraphDestroy");
        }

        return executable;
    }

    internal void LaunchGraph(nint executable, nint stream) => Check(_graphLaunch(executable, stream), "cuGraphLaunch");

    internal void DestroyGraph(nint executable) => Check(_executableDestroy(executable), "cuGraphExecDestroy");

    private void FillGraphs()
    {
        _beginCapture = (delegate* unmanaged<nint, int, int>)Find("cuStreamBeginCapture_v2");
        _endCapture = (delegate* unmanaged<nint, nint*, int>)Find("cuStreamEndCapture");
        _instantiate = (delegate* unmanaged<nint*, nint, ulong, int>)Find("cuGraphInstantiateWithFlags");
        _graphLaunch = (delegate* unmanaged<nint, nint, int>)Find("cuGraphLaunch");
        _graphDestroy = (delegate* unmanaged<nint, int>)Find("cuGraphDestroy");
        _executableDestroy = (delegate* unmanaged<nint, int>)Find("cuGraphExecDestroy");
    }
}
